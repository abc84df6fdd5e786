/// Which unit of a model llama.cpp puts where.
///
/// A model of L layers has L + 1 units: the layers, and the output. Units from L + 1 − `gpuLayers`
/// upward go to devices, divided in proportion to the memory that each has free. Token embeddings
/// always stay on the host.
///
/// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `llama_model_base::load_tensors` (`get_layer_buft_list`).
struct LlamaCppPlacement: Hashable {
  let layers: [Place]
  let output: Place
  /// Where what is not offloaded lies: the host, or the device when that is a plain processor.
  let host: Place

  /// - Parameter overhead: What the process itself takes on each device, where the user says so: the
  ///   free memory that layers are divided by is what its contexts leave.
  init(
    layerCount: Int, gpuLayers: LlamaCppSettings.GPULayers, devices: [Device], split: [Float]?,
    overhead: Bytes?
  ) {
    guard !devices.allSatisfy({ $0.backend == .cpu }) else {
      host = .device(0)
      layers = Array(repeating: .device(0), count: layerCount)
      output = .device(0)
      return
    }
    host = .host
    let units = layerCount + 1
    let offloaded =
      switch gpuLayers {
      case .all: units
      case .count(let count): min(max(0, count), units)
      }
    let ends = Self.cumulativeShares(
      split
        ?? devices.map {
          let context = RuntimeContext(device: $0, given: overhead).estimate.expected
          return Float(max(1, ($0.usable - context).count))
        })
    let places = (0..<units).map { unit -> Place in
      let start = units - offloaded
      guard unit >= start else { return .host }
      let position = Float(unit - start) / Float(offloaded)
      return .device(ends.firstIndex { $0 > position } ?? devices.count - 1)
    }
    layers = Array(places.dropLast())
    output = places[layerCount]
  }

  /// Whether every unit is on a device.
  var isWhollyOffloaded: Bool { output != .host && !layers.contains(.host) }

  /// Where each device's share ends, in the single precision that llama.cpp divides with: it decides
  /// on which side of a boundary a layer falls.
  private static func cumulativeShares(_ weights: [Float]) -> [Float] {
    let sum = weights.reduce(0, +)
    var running: Float = 0
    return weights.map {
      running += $0
      return running / sum
    }
  }
}
