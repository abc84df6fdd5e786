extension TensorRole {
  /// What kind of module the tensor belongs to, for formats that treat kinds differently.
  public enum Kind: Hashable, Sendable {
    case embedding
    /// A matrix that activations are multiplied by.
    case linear
    /// A matrix that chooses experts.
    case router
    /// The kernel of a short convolution.
    case convolution
    case norm
    /// Other small trained tensors: decays, skips, sinks.
    case vector
    /// A table computed from the configuration, not trained.
    case constant
  }

  public var kind: Kind {
    switch self {
    case .tokenEmbedding, .positionEmbedding, .perLayerTokenEmbedding, .tokenTypes: .embedding
    case .outputNorm, .headNorm, .tokenEmbeddingNorm, .attentionNorm, .attentionSecondNorm,
      .attentionQueryNorm, .attentionKeyNorm, .postAttentionNorm, .attentionQueryDownNorm,
      .latentNorm, .feedForwardNorm, .postFeedForwardNorm, .stateNorm, .denseFeedForwardNorm,
      .expertInputNorm, .expertOutputNorm, .perLayerProjectionNorm, .perLayerNorm, .altUpRouterNorm,
      .laurelNorm, .stateTimeStepNorm, .stateInputNorm, .stateOutputNorm, .indexerKeyNorm,
      .attentionOutputNorm, .layerOutputNorm, .classifierNorm, .indexerQueryNorm, .compressorNorm,
      .indexerCompressorNorm, .expertLatentNorm, .attentionResidualNorm, .feedForwardResidualNorm,
      .outputResidualNorm:
      .norm
    case .ropeFrequencies, .ropeFactorsLong, .ropeFactorsShort, .expertTable: .constant
    case .router, .sharedExpertRouter: .router
    case .convolution, .stateConvolution, .stateQueryConvolution, .stateKeyConvolution,
      .stateValueConvolution:
      .convolution
    case .attentionSinks, .attentionLambda, .residualScale, .attentionMask,
      .activationAlphaPositive, .activationAlphaNegative, .stateDecay, .stateSkip, .expertSelection,
      .layerScale, .altUpCorrection, .altUpCorrectionScale, .altUpPrediction, .recurrenceInputGate,
      .recurrenceGate, .compressorPosition, .indexerCompressorPosition, .attentionStreams,
      .attentionStreamsBase, .attentionStreamsScale, .feedForwardStreams, .feedForwardStreamsBase,
      .feedForwardStreamsScale, .headStreams, .headStreamsBase, .headStreamsScale,
      .attentionResidual, .feedForwardResidual, .outputResidual:
      .vector
    case .output, .headDense, .attentionMaskStep, .attentionQuery, .attentionKey, .attentionValue,
      .attentionQueryKeyValue, .attentionOutput, .attentionGate, .attentionQueryDown,
      .attentionQueryUp, .latentDown, .latentUp, .latentKeyUp, .latentValueUp, .feedForwardGate,
      .feedForwardUp, .feedForwardDown, .expertGate, .expertUp, .expertDown, .sharedExpertGate,
      .sharedExpertUp, .sharedExpertDown, .convolutionInput, .convolutionOutput, .stateInput,
      .expertGateUp, .sharedExpertGateUp, .expertLatentDown, .expertLatentUp,
      .perLayerModelProjection, .perLayerGate, .perLayerProjection, .altUpProjection,
      .altUpUnembedding, .altUpRouter, .laurelLeft, .laurelRight,
      .stateProjection, .stateTimeStep, .stateOutput, .stateBetaAlpha, .stateBeta, .stateAlpha,
      .deltaInput, .pooler, .classifier, .classifierOutput, .indexerQueryUp, .indexerKey,
      .indexerHeadWeights, .stateForgetDown, .stateForgetUp, .stateGateDown, .stateGateUp,
      .memoryInputGate, .memoryForgetGate, .attentionKeyValue, .attentionOutputDown,
      .attentionOutputUp, .compressorValue, .compressorGate, .indexerCompressorValue,
      .indexerCompressorGate, .sharedBlockOutput, .feedForwardAdapterDown, .feedForwardAdapterUp:
      .linear
    }
  }
}
