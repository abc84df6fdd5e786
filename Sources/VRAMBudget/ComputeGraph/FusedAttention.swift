/// One fused attention of a batch, as far as a backend's room for it asks.
struct FusedAttention {
  let heads: Int64
  let keyValueHeads: Int64
  let keyDimension: Int64
  let valueDimension: Int64
  /// The tokens of the batch that belong to one stream of the cache.
  let tokens: Int64
  let streams: Int64
  let cells: Int64
  let keyFormat: TensorFormat
  let valueFormat: TensorFormat
  /// Whether values are a part of the keys, and are read as a view of them.
  let isLatent: Bool

  fileprivate var resultBytes: Int64 { 4 * valueDimension * heads * tokens * streams }
  fileprivate var keys: Int64 { keyDimension * cells * keyValueHeads * streams }
  fileprivate var values: Int64 { valueDimension * cells * keyValueHeads * streams }
}

extension TensorFormat {
  /// The bytes of so many elements that fill their blocks.
  fileprivate func bytes(ofWholeBlocks elements: Int64) -> Int64 {
    guard case .blocks(let unit, let blockBytes) = layout else { return 2 * elements }
    return elements / unit * blockBytes
  }
}

extension GGMLBufferType {
  /// The bytes that a device's buffer takes for the result of a fused attention, with the room that
  /// the kernel works in.
  func allocated(_ attention: FusedAttention) -> Int64 {
    switch backend {
    case .cuda, .rocm, .sycl: allocatedByCUDA(attention)
    case .metal: allocatedByMetal(attention)
    case .vulkan, .cpu: attention.resultBytes
    }
  }

  /// Keys and values of another format than f16 are copied to f16.
  ///
  /// Source: ggml 0.25.3, ggml-cuda/fattn.cu; ggml-sycl/fattn.cpp, `ggml_sycl_fattn_get_extra`,
  /// reserves alike.
  private func allocatedByCUDA(_ attention: FusedAttention) -> Int64 {
    var bytes = attention.resultBytes
    if attention.keyFormat != .f16, attention.keyFormat != .f32 {
      bytes = bytes.roundedUp(to: 128) + 2 * attention.keys
    }
    if attention.valueFormat != .f16, attention.valueFormat != .f32, !attention.isLatent {
      bytes = bytes.roundedUp(to: 128) + 2 * attention.values
    }
    return bytes
  }

  /// Room for keys and values in f16, whatever the cache's format; for the last cells, of which a
  /// block is not full; for which blocks the mask leaves out; for partial results of decoding.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-metal/ggml-metal-ops.cpp,
  /// `ggml_metal_op_flash_attn_ext_extra_pad`, `…_blk`, `…_tmp` and `…_kv_f16`.
  private func allocatedByMetal(_ attention: FusedAttention) -> Int64 {
    let streams = attention.streams
    let tokens = attention.tokens
    let rowsOfStreams = attention.keyValueHeads * streams
    let copiesCache = tokens >= 32 && attention.keyFormat.isQuantized
    // From one cell to the next lie the rows of all heads, unless they are copied head by head.
    func row(_ dimension: Int64, _ format: TensorFormat) -> Int64 {
      if copiesCache || format == .f32 { return 2 * dimension }
      return attention.keyValueHeads * format.bytes(ofWholeBlocks: dimension)
    }
    let keyRow = row(attention.keyDimension, attention.keyFormat)
    let valueRow =
      attention.isLatent ? keyRow : row(attention.valueDimension, attention.valueFormat)
    let pad = 64 * ((keyRow + valueRow) * rowsOfStreams + 2 * tokens * streams)
    let isVector = tokens < 20 && attention.keyDimension.isMultiple(of: 32)
    let queryBlocks = isVector ? tokens : (tokens + 7) / 8
    let cellBlocks = isVector ? (attention.cells + 31) / 32 : (attention.cells + 63) / 64
    let blocks = (queryBlocks * cellBlocks * streams).roundedUp(to: 32)
    let partial =
      4 * min(tokens, 32) * attention.heads * streams * 32 * (attention.valueDimension + 2)
    let keys = (2 * attention.keys).roundedUp(to: 16)
    let values = attention.isLatent ? 0 : (2 * attention.values).roundedUp(to: 16)
    return attention.resultBytes + pad + blocks + partial + keys + values
  }

  /// The bytes beyond its result that a product with chosen experts takes.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-metal/ggml-metal-ops.cpp, `ggml_metal_op_mul_mat_id_extra_tpe`,
  /// `…_ids` and `…_amax`.
  func workspace(ofExperts experts: Int64, tokens: Int64) -> Int64 {
    backend == .metal ? 4 * experts * (1 + tokens) + 8 + 4 * 256 : 0
  }

  /// The bytes beyond its result that sorting so many numbers takes.
  ///
  /// Source: llama.cpp 0c1e57098, ggml-metal/ggml-metal.cpp,
  /// `ggml_backend_metal_buffer_type_get_alloc_size`.
  func workspace(ofSorting elements: Int64) -> Int64 { backend == .metal ? 4 * elements : 0 }

  /// Whether several operations run as one that reads what went into the first until the last is
  /// done.
  ///
  /// Source: ggml 0.25.3, ggml-cuda.cu, `ggml_backend_cuda_graph_optimize`.
  var keepsFusedSources: Bool { backend == .cuda || backend == .rocm }
}
