/// The types of elements that a safetensors file names.
///
/// Source: safetensors 0.8.0, safetensors/src/tensor.rs, `Dtype` and `Dtype::bitsize`.
public enum SafetensorsDtype: String, Hashable, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case f8_e4m3 = "F8_E4M3"
  case f8_e4m3fnuz = "F8_E4M3FNUZ"
  case f8_e5m2 = "F8_E5M2"
  case f8_e5m2fnuz = "F8_E5M2FNUZ"
  case f8_e8m0 = "F8_E8M0"
  case f6_e2m3 = "F6_E2M3"
  case f6_e3m2 = "F6_E3M2"
  case f4 = "F4"
  case c64 = "C64"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// The bits of one element.
  public var bitsPerElement: Int64 {
    switch self {
    case .f64, .c64, .i64, .u64: 64
    case .f32, .i32, .u32: 32
    case .f16, .bf16, .i16, .u16: 16
    case .f8_e4m3, .f8_e4m3fnuz, .f8_e5m2, .f8_e5m2fnuz, .f8_e8m0, .i8, .u8, .bool: 8
    case .f6_e2m3, .f6_e3m2: 6
    case .f4: 4
    }
  }
}
