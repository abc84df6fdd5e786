/// A model's weights as Transformers holds them once a first pass was run, which is not always as they
/// are stored.
///
/// Source: transformers 5.23.0, quantizers/ and integrations/, by `quant_method`. The experts of every
/// family that it has a class for are parameters of three dimensions, `*Experts` in modeling_*.py, not
/// linears; those of Llama 4 become linears for checkpoints of compressed-tensors and bitsandbytes
/// (quantizers/base.py, `MODULES_TO_PATCH_FOR_QUANTIZATION`).
struct TransformersWeights {
  /// What is expected.
  let plan: WeightPlan
  /// The bytes; the high figure is what is held on a device that this one may be.
  let estimate: ByteEstimate
  /// What becomes of tensors that are not held as stored, in the order it was found.
  let conversions: [String]

  /// - Throws: ``RuntimeError/notPriced(runtime:what:)`` where Transformers cannot load the weights,
  ///   ``RuntimeError/deviceNotSupported(runtime:device:needed:)`` where it cannot on the device.
  init(_ load: ModelLoad, on device: Device) throws(RuntimeError) {
    let stored = load.weights
    var methods: Set<QuantizationMethod> = []
    var methodsOfExperts: Set<QuantizationMethod> = []
    for entry in stored.entries {
      guard let method = entry.format.method else { continue }
      methods.insert(method)
      if entry.tensor.role.isRoutedExpert { methodsOfExperts.insert(method) }
    }
    try Self.check(stored, methods, methodsOfExperts, on: device)
    let hasLinearExperts = load.model.architecture.modelType.hasPrefix("llama4")
    var conversions = Self.conversions(of: methods, methodsOfExperts, hasLinearExperts)
    var (expected, most) = (Loading(), Loading())
    func find(_ method: QuantizationMethod, from least: ComputeCapability) {
      guard methods.contains(method) else { return }
      let isHeld = device.computes(from: least)
      if isHeld == false {
        expected.unpacked.insert(method)
        conversions.append(
          "\(method.words) is dequantized on loading, as on every device that is not of compute"
            + " capability \(least.text) or higher")
      } else if isHeld == nil {
        conversions.append(
          "\(method.words) is dequantized on loading by a device that is not of compute capability"
            + " \(least.text) or higher: at the most")
      }
      if isHeld != true { most.unpacked.insert(method) }
    }
    find(.fineGrainedFP8, from: ComputeCapability(8, 9))
    find(.mxfp4, from: ComputeCapability(7, 5))
    if methods.contains(.mxfp8) { most.unpacked.insert(.mxfp8) }
    expected.hasLinearExperts = hasLinearExperts
    most.hasLinearExperts = hasLinearExperts && !methodsOfExperts.contains(.bitsAndBytes)
    self.conversions = conversions
    do {
      plan = try stored.converted(expected.format)
      let low = plan.estimate
      let high = most == expected ? low : try stored.converted(most.format).estimate
      estimate = ByteEstimate(
        low: low.low, expected: low.expected, high: max(low.high, high.high))
    } catch {
      throw .notPriced(runtime: .transformers, what: "\(stored.name) (\(error.problem))")
    }
  }

  /// Whether every tensor is held as it is stored.
  var isAsStored: Bool { conversions.isEmpty }

  /// What becomes of matrices whatever the device.
  private static func conversions(
    of methods: Set<QuantizationMethod>, _ methodsOfExperts: Set<QuantizationMethod>,
    _ hasLinearExperts: Bool
  ) -> [String] {
    var conversions: [String] = []
    if methods.contains(.mxfp8) {
      conversions.append(
        "a checkpoint of compressed-tensors is decompressed on the first pass: at the most")
    }
    if methods.contains(.compressedTensors) {
      conversions.append(
        "linears are decompressed on the first pass and keep their scales (compressed-tensors 0.20.0,"
          + " add_decompress_hook; use_optimized_inference is not priced)")
    }
    let isQuantizedLater = methodsOfExperts.contains(.bitsAndBytes)
    if hasLinearExperts, isQuantizedLater {
      conversions.append(
        "experts are held as bf16 where the checkpoint is quantized on loading: at the most")
    } else if !hasLinearExperts,
      isQuantizedLater || methodsOfExperts.contains(.compressedTensors)
    {
      conversions.append("experts are no linears and held as bf16")
    }
    return conversions
  }

  private static func check(
    _ stored: WeightPlan, _ methods: Set<QuantizationMethod>,
    _ methodsOfExperts: Set<QuantizationMethod>, on device: Device
  ) throws(RuntimeError) {
    if methods.contains(.modelOptimizer) {
      throw .notPriced(
        runtime: .transformers,
        what: "\(stored.name), which \(TransformersRuntime.version) has no quantizer for,")
    }
    if methodsOfExperts.contains(.awq) || methodsOfExperts.contains(.gptq) {
      throw .notPriced(
        runtime: .transformers,
        what:
          "\(stored.name) of experts, which \(TransformersRuntime.version) holds as one tensor where"
          + " the checkpoint has linears,")
    }
    let least = ComputeCapability(9, 0)
    if methods.contains(.fbgemm), device.computes(from: least) == false {
      throw .deviceNotSupported(
        runtime: .transformers, device: device.name,
        needed: "GPUs of compute capability \(least.text) or higher with \(stored.name)")
    }
  }
}

extension Deployment {
  /// What becomes of weights that the runtime does not hold as they are stored, a clause each.
  public func weightNotes(on devices: [Device]) -> [String] {
    guard case .transformers = runtime, let device = devices.first else { return [] }
    return (try? TransformersWeights(load, on: device).conversions) ?? []
  }
}

/// How each tensor is held.
private struct Loading: Equatable {
  /// The methods whose matrices are held as bf16.
  var unpacked: Set<QuantizationMethod> = []
  var hasLinearExperts = false

  func format(of entry: WeightPlan.Entry) -> TensorFormat {
    let isExpert = entry.tensor.role.isRoutedExpert && !hasLinearExperts
    return switch entry.format.method {
    case .compressedTensors: isExpert ? .torchBFloat16 : entry.format.decompressed
    case .bitsAndBytes: isExpert ? .torchBFloat16 : entry.format
    case .mxfp8 where unpacked.contains(.mxfp8):
      isExpert ? .torchBFloat16 : entry.format.decompressed
    case .fineGrainedFP8 where unpacked.contains(.fineGrainedFP8): .torchBFloat16
    case .mxfp4 where unpacked.contains(.mxfp4): .torchBFloat16
    case .fineGrainedFP8, .mxfp4, .mxfp8, .fbgemm, .awq, .gptq, .modelOptimizer, nil: entry.format
    }
  }
}

extension QuantizationMethod {
  fileprivate var words: String {
    switch self {
    case .compressedTensors: "compressed-tensors"
    case .fineGrainedFP8, .mxfp8: "FP8"
    case .mxfp4: "MXFP4"
    case .fbgemm: "FBGEMM's FP8"
    case .bitsAndBytes: "bitsandbytes"
    case .awq: "AWQ"
    case .gptq: "GPTQ"
    case .modelOptimizer: "Model Optimizer"
    }
  }
}

extension Device {
  /// Whether PyTorch finds a compute capability of `least` or higher; nil where that is not known.
  ///
  /// Under ROCm it reports the chip's gfx number, 9.0 and up for all that it supports, and XPUs are not
  /// asked; Metal and processors count as none.
  ///
  /// Source: transformers 5.23.0, quantizer_finegrained_fp8.py, quantizer_mxfp4.py and
  /// quantizer_fbgemm_fp8.py, `validate_environment`.
  fileprivate func computes(from least: ComputeCapability) -> Bool? {
    switch backend {
    case .cuda: computeCapability.map { $0 >= least }
    case .rocm, .sycl: true
    case .metal, .cpu: false
    case .vulkan: nil
    }
  }
}
