import ModelFiles
import TestSupport

/// Files that several tests begin from.
enum GGUFSample {
  /// A file with every type of value, lists of each kind, and tensors of several formats.
  static var whole: GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = [
      ("general.architecture", .string("llama")),
      ("u8", .uint8(255)), ("i8", .int8(-128)), ("u16", .uint16(65_535)), ("i16", .int16(-2)),
      ("u32", .uint32(.max)), ("i32", .int32(.min)), ("u64", .uint64(.max)), ("i64", .int64(.min)),
      ("f32", .float32(0.5)), ("f64", .float64(1e-5)), ("yes", .bool(true)), ("no", .bool(false)),
      ("text", .string("é 模 😀")), ("empty", .string("")),
      ("list.u32", .array(type: 4, [.uint32(1), .uint32(2), .uint32(3)])),
      ("list.i16", .array(type: 3, [.int16(-1), .int16(7)])),
      ("list.f32", .array(type: 6, [.float32(1.5)])),
      ("list.bool", .array(type: 7, [.bool(true), .bool(false), .bool(true)])),
      ("list.text", .array(type: 8, [.string("a"), .string(""), .string("bc")])),
      ("list.empty", .array(type: 8, [])),
      (
        "list.list",
        .array(
          type: 9,
          [.array(type: 0, [.uint8(1)]), .array(type: 8, [.string("x"), .string("y")])])
      ),
    ]
    builder.tensors = [
      .init("token_embd.weight", [256, 3], type: 14, bytes: 630),
      .init("blk.0.attn_norm.weight", [5], type: 0, bytes: 20),
      .init("blk.0.ffn_down_exps.weight", [32, 2, 3], type: 8, bytes: 204),
      .init("blk.0.conv.weight", [1, 2, 3, 4], type: 30, bytes: 48),
      .init("table", [3], type: 26, bytes: 12),
    ]
    return builder
  }

  /// The same file with other settings.
  static func whole(_ change: (inout GGUFBuilder) -> Void) -> GGUFBuilder {
    var builder = whole
    change(&builder)
    return builder
  }

  /// A file of one tensor.
  static func tensor(
    _ dimensions: [UInt64], type: UInt32 = 0, bytes: Int = 4, offset: UInt64? = nil
  ) -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.tensors = [.init("t", dimensions, type: type, bytes: bytes, offset: offset)]
    return builder
  }

  /// A file of one metadata entry.
  static func entry(_ value: GGUFBuilder.Value, key: String = "k") -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = [(key, value)]
    return builder
  }
}

/// Reads a file in memory.
func readGGUF(_ bytes: [UInt8]) throws(GGUFError) -> GGUFHeader {
  try GGUFHeader(reading: MemoryBytes(bytes))
}

/// A header with as much data behind it as is said, all zeros: for models of gigabytes.
struct HeaderOnly: ByteSource {
  let header: [UInt8]
  let count: Int64

  func read(at offset: Int64, count: Int) -> [UInt8] {
    let end = min(offset + Int64(count), self.count)
    return (offset..<max(offset, end)).map { $0 < header.count ? header[Int($0)] : 0 }
  }
}
