/// The heads of one attention as a fused kernel sees them.
struct FlashHeads: Hashable, Sendable {
  let keyDimension: Int64
  let valueDimension: Int64
  let queriesPerKeyValueHead: Int64

  /// Whether a backend's fused attention has a kernel for these heads; the processor takes any.
  func hasKernel(on backend: Backend) -> Bool {
    switch backend {
    case .cuda, .rocm, .sycl: hasKernelOfCUDA
    case .metal: hasKernelOfMetal
    case .vulkan: keyDimension.isMultiple(of: 8) && valueDimension.isMultiple(of: 8)
    case .cpu: true
    }
  }

  /// Source: llama.cpp 0c1e57098, ggml-cuda/fattn.cu, `ggml_cuda_get_best_fattn_kernel`; SYCL's
  /// kernels are ports of these.
  private var hasKernelOfCUDA: Bool {
    switch (keyDimension, valueDimension) {
    case (40, 40), (64, 64), (72, 72), (80, 80), (96, 96), (112, 112), (128, 128), (256, 256): true
    case (192, 128): queriesPerKeyValueHead.isMultiple(of: 8)
    case (320, 256): queriesPerKeyValueHead.isMultiple(of: 32)
    case (512, 512), (576, 512): queriesPerKeyValueHead >= 2
    default: false
    }
  }

  /// Source: llama.cpp 0c1e57098, ggml-metal/ggml-metal-device.m, `ggml_metal_device_supports_op`.
  private var hasKernelOfMetal: Bool {
    let dimensions: [Int64] = [32, 40, 48, 64, 72, 80, 96, 112, 128, 192, 256, 320, 512, 576]
    return dimensions.contains(keyDimension) && keyDimension >= valueDimension
      && (keyDimension != 72 || valueDimension == 72)
  }
}

extension Backend {
  /// Whether a backend's fused attention reads keys and values of these formats.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-cuda/fattn.cu, `ggml_cuda_fattn_kv_type_supported`;
  /// ggml-metal/ggml-metal-device.m and ggml-vulkan/ggml-vulkan.cpp, GGML_OP_FLASH_ATTN_EXT.
  func fusedAttentionReads(keys: TensorFormat, values: TensorFormat) -> Bool {
    // llama.cpp converts f32 to f16 before.
    let (keys, values) = (keys == .f32 ? .f16 : keys, values == .f32 ? .f16 : values)
    return switch self {
    case .cuda, .rocm, .sycl: keys != .iq4_nl && values != .iq4_nl
    case .metal: keys == values && keys != .iq4_nl
    case .vulkan: (keys == .bf16) == (values == .bf16)
    case .cpu: true
    }
  }
}

extension TokenMixer {
  /// The heads of the mixer, if it is attention.
  var flashHeads: FlashHeads? {
    switch self {
    case .attention(let attention), .sharedAttention(let attention, _),
      .encoderAttention(let attention):
      FlashHeads(
        keyDimension: attention.keyDimension, valueDimension: attention.valueDimension,
        queriesPerKeyValueHead: attention.queryHeads / max(1, attention.keyValueHeads))
    case .latentAttention(let latent):
      FlashHeads(
        keyDimension: latent.rank + latent.ropeDimension, valueDimension: latent.rank,
        queriesPerKeyValueHead: latent.queryHeads)
    case .compressedAttention, .indexer, .recurrent: nil
    }
  }
}
