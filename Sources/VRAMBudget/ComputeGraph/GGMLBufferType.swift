/// How a kind of memory rounds the tensors that ggml puts into it.
struct GGMLBufferType: Hashable {
  let backend: Backend

  /// Each tensor starts at a multiple of this many bytes.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-cuda.cu (`ggml_backend_cuda_buffer_type_get_alignment`),
  /// ggml-backend.cpp (`TENSOR_ALIGNMENT` 32).
  var alignment: Int64 {
    switch backend {
    case .cuda, .rocm, .sycl: 128
    case .metal, .vulkan, .cpu: 32
    }
  }

  /// Whether rows of quantized tensors are padded to 512 elements.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-cuda.cu, `MATRIX_ROW_PADDING`.
  private var padsRows: Bool {
    switch backend {
    case .cuda, .rocm, .sycl: true
    case .metal, .vulkan, .cpu: false
    }
  }

  /// Whether the rules here were measured for this kind of memory.
  var isMeasured: Bool {
    switch backend {
    case .cuda, .cpu: true
    case .rocm, .metal, .sycl, .vulkan: false
    }
  }

  /// Returns the bytes that a tensor takes in a buffer.
  ///
  /// On CUDA a quantized tensor whose row is not a multiple of 512 elements gets the bytes of the
  /// missing elements once, for kernels that read past the end.
  func allocated(_ bytes: Bytes, rowElements: Int64, format: TensorFormat) -> Bytes {
    var bytes = bytes
    let beyond = rowElements % 512
    if padsRows, format.isQuantized, beyond != 0,
      let padding = try? format.bytesPerRow(elements: 512 - beyond)
    {
      bytes += padding
    }
    return bytes.roundedUp(to: alignment)
  }
}
