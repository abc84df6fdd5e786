extension VLLMReport {
  /// What is printed when a given memory is left for the cache of each rank.
  ///
  /// - Throws: ``RuntimeError`` when vLLM refuses the deployment, or another runtime loads it.
  public init(
    of deployment: Deployment, on devices: [Device], cacheBytes: Bytes
  ) throws(RuntimeError) {
    guard case .vllm(let settings) = deployment.runtime else {
      throw .notPriced(runtime: deployment.runtime.kind, what: "a cache that is paged")
    }
    let vllm = try VLLM(load: deployment.load, settings: settings, devices: devices)
    self = vllm.report(of: vllm.cache(0), left: cacheBytes)
  }
}
