/// The address space of one compute buffer: where tensors go, and how far it has ever reached.
///
/// A hole is always preferred over the open end, even when the end lies lower; of the holes the
/// smallest that fits, of equal ones the highest. A tensor takes the low end of its hole.
///
/// Source: ggml 0.25.3, ggml-alloc.c, `ggml_dyn_tallocr_alloc` and `ggml_dyn_tallocr_free_bytes`,
/// for buffer types without a maximum size (CUDA, CPU).
struct OffsetPool {
  private struct Block {
    var offset: Int64
    var size: Int64
  }

  /// Each request is rounded up to a multiple of this many bytes.
  let alignment: Int64
  /// The furthest byte that was ever taken.
  private(set) var peak: Int64 = 0
  /// The free blocks by offset, without the open end.
  private var holes: [Block] = []
  /// Where the open end begins.
  private var end: Int64 = 0

  init(alignment: Int64) {
    self.alignment = alignment
    holes.reserveCapacity(32)
  }

  /// Takes room for `bytes` and returns its offset.
  mutating func allocate(_ bytes: Int64) -> Int64 {
    let size = bytes.roundedUp(to: alignment)
    var best = -1
    var bestSize = Int64.max
    for index in holes.indices where holes[index].size >= size && holes[index].size <= bestSize {
      best = index
      bestSize = holes[index].size
    }
    guard best >= 0 else {
      let offset = end
      end += size
      peak = max(peak, end)
      return offset
    }
    let offset = holes[best].offset
    if bestSize == size {
      holes.remove(at: best)
    } else {
      holes[best].offset += size
      holes[best].size -= size
    }
    return offset
  }

  /// Gives back the room of `bytes` at an offset, joining it with free neighbours.
  mutating func free(_ bytes: Int64, at offset: Int64) {
    let size = bytes.roundedUp(to: alignment)
    guard size > 0 else { return }
    var index = holes.count
    while index > 0, holes[index - 1].offset > offset { index -= 1 }
    var start = offset
    var stop = offset + size
    if index < holes.count, holes[index].offset == stop {
      stop += holes[index].size
      holes.remove(at: index)
    }
    if index > 0, holes[index - 1].offset + holes[index - 1].size == start {
      index -= 1
      start = holes[index].offset
      holes.remove(at: index)
    }
    if stop == end {
      end = start
    } else {
      holes.insert(Block(offset: start, size: stop - start), at: index)
    }
  }
}
