extension TensorFormat {
  /// The formats that ggml defines and model files use, ordered by their GGUF type number.
  ///
  /// To add one, add a row here and a row to `Fixtures/formats.tsv`. Nothing else needs to know.
  ///
  /// Source: ggml-org/llama.cpp 0c1e57098, ggml/src/ggml-common.h (blocks), ggml/include/ggml.h
  /// (`enum ggml_type`).
  public static let ggml: [TensorFormat] = [
    f32, f16,
    q4_0, q4_1, q5_0, q5_1, q8_0, q8_1,
    q2_K, q3_K, q4_K, q5_K, q6_K, q8_K,
    iq2_xxs, iq2_xs, iq3_xxs, iq1_s, iq4_nl, iq3_s, iq2_s, iq4_xs, iq1_m,
    bf16, tq1_0, tq2_0, mxfp4, nvfp4, q1_0, q2_0,
  ]

  public static let f32 = ggml(0, "f32", elements: 1, bytes: 4, symbol: "float")
  public static let f16 = ggml(1, "f16", elements: 1, bytes: 2, symbol: "ggml_half")
  public static let q4_0 = ggml(2, "q4_0", elements: 32, bytes: 18, symbol: "block_q4_0")
  public static let q4_1 = ggml(3, "q4_1", elements: 32, bytes: 20, symbol: "block_q4_1")
  public static let q5_0 = ggml(6, "q5_0", elements: 32, bytes: 22, symbol: "block_q5_0")
  public static let q5_1 = ggml(7, "q5_1", elements: 32, bytes: 24, symbol: "block_q5_1")
  public static let q8_0 = ggml(8, "q8_0", elements: 32, bytes: 34, symbol: "block_q8_0")
  public static let q8_1 = ggml(9, "q8_1", elements: 32, bytes: 36, symbol: "block_q8_1")
  public static let q2_K = ggml(10, "q2_K", elements: 256, bytes: 84, symbol: "block_q2_K")
  public static let q3_K = ggml(11, "q3_K", elements: 256, bytes: 110, symbol: "block_q3_K")
  public static let q4_K = ggml(12, "q4_K", elements: 256, bytes: 144, symbol: "block_q4_K")
  public static let q5_K = ggml(13, "q5_K", elements: 256, bytes: 176, symbol: "block_q5_K")
  public static let q6_K = ggml(14, "q6_K", elements: 256, bytes: 210, symbol: "block_q6_K")
  public static let q8_K = ggml(15, "q8_K", elements: 256, bytes: 292, symbol: "block_q8_K")
  public static let iq2_xxs = ggml(
    16, "iq2_xxs", elements: 256, bytes: 66, symbol: "block_iq2_xxs")
  public static let iq2_xs = ggml(17, "iq2_xs", elements: 256, bytes: 74, symbol: "block_iq2_xs")
  public static let iq3_xxs = ggml(
    18, "iq3_xxs", elements: 256, bytes: 98, symbol: "block_iq3_xxs")
  public static let iq1_s = ggml(19, "iq1_s", elements: 256, bytes: 50, symbol: "block_iq1_s")
  public static let iq4_nl = ggml(20, "iq4_nl", elements: 32, bytes: 18, symbol: "block_iq4_nl")
  public static let iq3_s = ggml(21, "iq3_s", elements: 256, bytes: 110, symbol: "block_iq3_s")
  public static let iq2_s = ggml(22, "iq2_s", elements: 256, bytes: 82, symbol: "block_iq2_s")
  public static let iq4_xs = ggml(23, "iq4_xs", elements: 256, bytes: 136, symbol: "block_iq4_xs")
  public static let iq1_m = ggml(29, "iq1_m", elements: 256, bytes: 56, symbol: "block_iq1_m")
  public static let bf16 = ggml(30, "bf16", elements: 1, bytes: 2, symbol: "ggml_bf16_t")
  public static let tq1_0 = ggml(34, "tq1_0", elements: 256, bytes: 54, symbol: "block_tq1_0")
  public static let tq2_0 = ggml(35, "tq2_0", elements: 256, bytes: 66, symbol: "block_tq2_0")
  public static let mxfp4 = ggml(39, "mxfp4", elements: 32, bytes: 17, symbol: "block_mxfp4")
  public static let nvfp4 = ggml(40, "nvfp4", elements: 64, bytes: 36, symbol: "block_nvfp4")
  public static let q1_0 = ggml(41, "q1_0", elements: 128, bytes: 18, symbol: "block_q1_0")
  public static let q2_0 = ggml(42, "q2_0", elements: 64, bytes: 18, symbol: "block_q2_0")

  private static func ggml(
    _ type: UInt32, _ name: String, elements: Int64, bytes: Int64, symbol: String
  ) -> TensorFormat {
    TensorFormat(
      name: name, layout: .blocks(elements: elements, bytes: bytes), ggmlType: type,
      source: "llama.cpp 0c1e57098, ggml-common.h, \(symbol)")
  }
}
