internal import VRAMBudget

/// The architectures that a config.json may name.
public enum ArchitectureCatalog {
  /// How a family's configuration is read.
  enum Reader {
    case decoder(DecoderArchitecture)
    case latent(LatentArchitecture)
    case shortConvolution(ShortConvolutionArchitecture)
    case gatedDelta(GatedDeltaArchitecture)
    case mamba

    func model(
      from configuration: ModelConfiguration, id: String, name: String,
      source: ModelShape.Source
    ) throws(ConfigurationError) -> ModelShape {
      switch self {
      case .decoder(let architecture):
        try architecture.model(from: configuration, id: id, name: name, source: source)
      case .latent(let architecture):
        try architecture.model(from: configuration, id: id, name: name, source: source)
      case .shortConvolution(let architecture):
        try architecture.model(from: configuration, id: id, name: name, source: source)
      case .gatedDelta(let architecture):
        try architecture.model(from: configuration, id: id, name: name, source: source)
      case .mamba:
        try MambaArchitecture.model(from: configuration, id: id, name: name, source: source)
      }
    }
  }

  /// Returns the reader of a `model_type`; nil when it is not known.
  static func reader(of modelType: String) -> Reader? {
    if let row = DecoderArchitecture.all.first(where: { $0.modelType == modelType }) {
      return .decoder(row)
    }
    if let row = LatentArchitecture.all.first(where: { $0.modelType == modelType }) {
      return .latent(row)
    }
    if let row = ShortConvolutionArchitecture.all.first(where: { $0.modelType == modelType }) {
      return .shortConvolution(row)
    }
    if let row = GatedDeltaArchitecture.all.first(where: { $0.modelType == modelType }) {
      return .gatedDelta(row)
    }
    return modelType == MambaArchitecture.modelType ? .mamba : nil
  }

  /// The `model_type`s that are known, in alphabetical order.
  public static var modelTypes: [String] {
    (DecoderArchitecture.all.map(\.modelType) + LatentArchitecture.all.map(\.modelType)
      + ShortConvolutionArchitecture.all.map(\.modelType)
      + GatedDeltaArchitecture.all.map(\.modelType) + [MambaArchitecture.modelType]).sorted()
  }
}
