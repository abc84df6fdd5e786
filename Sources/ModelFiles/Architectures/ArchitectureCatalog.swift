/// The architectures that a config.json may name.
public enum ArchitectureCatalog {
  /// The reader of each family.
  static var readers: [any ArchitectureReader] { DecoderArchitecture.all + others }

  /// Those that are no plain decoders; made when none of these is meant.
  private static let others: [any ArchitectureReader] =
    LatentArchitecture.all + KimiLinearArchitecture.all + BlockSparseArchitecture.all
    + ShortConvolutionArchitecture.all
    + GatedDeltaArchitecture.all + MambaArchitecture.all + GraniteHybridArchitecture.all
    + EncoderArchitecture.all + ModernBERTArchitecture.all
    + [
      NeuralSearchArchitecture(), CompressedArchitecture(), Gemma3nArchitecture(),
      Gemma4Architecture(), Mamba2Architecture(), JambaArchitecture(), FalconH1Architecture(),
      NemotronHybridArchitecture(), Zamba2Architecture(), LightningArchitecture(),
      OlmoHybridArchitecture(), RecurrentGemmaArchitecture(), MatrixMemoryArchitecture(),
    ]

  /// Returns the reader of a `model_type`; nil when it is not known.
  static func reader(of modelType: String) -> (any ArchitectureReader)? {
    DecoderArchitecture.named(modelType)
      ?? others.first { $0.modelType == modelType }
  }

  /// The `model_type`s that are known, in alphabetical order.
  public static var modelTypes: [String] { readers.map(\.modelType).sorted() }

  /// What GGUF files call the families that are known, in alphabetical order, each once.
  public static var ggufNames: [String] { Set(readers.compactMap(\.ggufName)).sorted() }
}
