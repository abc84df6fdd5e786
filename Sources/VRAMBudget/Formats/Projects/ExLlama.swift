extension TensorFormat {
  /// EXL2: a mix of widths that averages to the target, scales, groups and order included.
  ///
  /// The optimizer stays within the target; how far below is decided by measuring the model, and
  /// the range here is assumed.
  ///
  /// Source: exllamav2 c64d65a1d, conversion/optimize.py (`weight_budget`) and qparams.py
  /// (`total_bits`).
  static func exl2(centibits: Int64) -> TensorFormat {
    TensorFormat(
      name: "exl2",
      layout: .average(
        centibits: centibits, unit: 32, tolerance: Tolerance(below: 20, above: 5)),
      source: "exllamav2 c64d65a1d, conversion/optimize.py, weight_budget")
  }

  /// The output head of EXL2 at 6 bits (15 % of its inputs in 8 bits, the rest in 6) or 8, with
  /// 4-bit scales for each 128 inputs and an int32 for each input.
  ///
  /// Source: exllamav2 c64d65a1d, conversion/qparams.py, `qparams_headoptions`.
  static func exl2Head(bits: Int64) -> TensorFormat {
    TensorFormat(
      name: "exl2-h\(bits)",
      layout: .average(
        centibits: bits == 6 ? 633 : 803, unit: 32, tolerance: Tolerance(below: 5, above: 10)),
      companions: Companions(perInput: 4),
      source: "exllamav2 c64d65a1d, conversion/qparams.py, qparams_headoptions")
  }

  /// EXL3: a trellis of whole bits, an f16 for each input and output, and an int32.
  ///
  /// A target between two whole numbers gives some matrices the one and some the other, within the
  /// target. Outputs are padded to 128, which is not counted.
  ///
  /// Source: exllamav3 0bf12170c, conversion/allocation.py (`create_q_strategy`) and
  /// modules/quant/exl3.py (`LinearEXL3.get_tensors`).
  static func exl3(centibits: Int64) -> TensorFormat {
    let isWhole = centibits.isMultiple(of: 100)
    return TensorFormat(
      name: "exl3",
      layout: isWhole
        ? .groups(bits: centibits / 100, groupSize: 128, scaleBits: 0, zeroBits: 0)
        : .average(centibits: centibits, unit: 128, tolerance: Tolerance(below: 10, above: 0)),
      companions: Companions(perMatrix: 4, perInput: 2, perOutput: 2),
      source: "exllamav3 0bf12170c, modules/quant/exl3.py, LinearEXL3.get_tensors")
  }
}

extension FormatRecipe {
  /// EXL2 at a target of `centibits` hundredths of a bit; embedding, norms and biases stay f16. A
  /// tied model's head is stored apart.
  static func exl2(centibits: Int64, headBits: Int64 = 6) -> FormatRecipe {
    FormatRecipe(
      name: exlName("EXL2", centibits, headBits),
      method: .byKind(
        KindRecipe(
          .exLlamaV2, linear: .exl2(centibits: centibits), head: .exl2Head(bits: headBits),
          rest: .torchFloat16, storesTiedHead: true,
          use: "any size from 2 to 8 bits on GPUs")))
  }

  /// EXL3 at a target of `centibits` hundredths of a bit; embedding, norms and biases stay f16. A
  /// tied model's head is stored apart.
  static func exl3(centibits: Int64, headBits: Int64 = 6) -> FormatRecipe {
    FormatRecipe(
      name: exlName("EXL3", centibits, headBits),
      method: .byKind(
        KindRecipe(
          .exLlamaV3, linear: .exl3(centibits: centibits), head: .exl3(centibits: headBits * 100),
          rest: .torchFloat16, storesTiedHead: true, use: "the least loss for its size on GPUs")))
  }

  private static func exlName(_ project: String, _ centibits: Int64, _ headBits: Int64) -> String {
    let rest = centibits % 100
    let decimals = rest.isMultiple(of: 10) ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)")
    return "\(project)-\(centibits / 100).\(decimals)bpw" + (headBits == 6 ? "" : "-h\(headBits)")
  }

  /// Returns the recipe of a name such as `exl2-4.65bpw` or `EXL3 3.5bpw h8`, or nil.
  ///
  /// - Parameter name: As ``LooseName/normalized(_:)`` leaves it. Targets are 2 to 8 bits for
  ///   EXL2 and 1 to 8 for EXL3, to two decimals; heads have 6 bits or 8.
  static func exLlama(normalizedName name: String) -> FormatRecipe? {
    guard name.hasPrefix("exl2") || name.hasPrefix("exl3") else { return nil }
    var text = name.dropFirst(4)
    var headBits: Int64 = 6
    for bits in [Int64(6), 8] where text.hasSuffix("h\(bits)") {
      text = text.dropLast(2)
      headBits = bits
    }
    if text.hasSuffix("bpw") { text = text.dropLast(3) }
    guard let centibits = centibits(text) else { return nil }
    if name.hasPrefix("exl2") {
      return (200...800).contains(centibits) ? exl2(centibits: centibits, headBits: headBits) : nil
    }
    return (100...800).contains(centibits) ? exl3(centibits: centibits, headBits: headBits) : nil
  }

  /// Returns a decimal number in hundredths: `4.65` is 465; nil for anything else.
  private static func centibits(_ text: Substring) -> Int64? {
    guard
      text.utf8.allSatisfy({
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".")
      })
    else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, whole.count == 1,
      let units = Int64(whole)
    else { return nil }
    guard parts.count == 2 else { return units * 100 }
    guard (1...2).contains(parts[1].count), let rest = Int64(parts[1]) else {
      return nil
    }
    return units * 100 + (parts[1].count == 1 ? rest * 10 : rest)
  }
}
