/// How a runtime's own program spells an option that has another name here.
///
/// Source: llama.cpp 0c1e57098, common/arg.cpp; vLLM 0.25.1, `EngineArgs`; Ollama 00f6d6204,
/// `OLLAMA_…` and api/types.go; mlx-lm 0.32.2, generate.py; optimum-executorch's exporter.
struct RuntimeSpelling {
  /// Whose word it is.
  let runtime: String
  /// The option of the same meaning, with dashes.
  let flag: String

  /// The meaning of a word that is no option here; nil for a word of none of them.
  init?(_ word: String) {
    let known: (String, String)? =
      switch word {
      case "-c", "--ctx-size": ("llama.cpp", "--context")
      case "-ngl", "--n-gpu-layers": ("llama.cpp", "--gpu-layers")
      case "-fa", "--flash-attn": ("llama.cpp", "--flash-attention")
      case "-ctk": ("llama.cpp", "--cache-type-k")
      case "-ctv": ("llama.cpp", "--cache-type-v")
      case "-b", "--batch-size": ("llama.cpp", "--batch")
      case "-ub", "--ubatch-size": ("llama.cpp", "--ubatch")
      case "-np", "--parallel": ("llama.cpp", "--sequences")
      case "-ts": ("llama.cpp", "--tensor-split")
      case "-nkvo": ("llama.cpp", "--no-kv-offload")
      case "-cmoe": ("llama.cpp", "--cpu-moe")
      case "-ncmoe": ("llama.cpp", "--n-cpu-moe")
      case "-kvu": ("llama.cpp", "--kv-unified")
      case "-md", "--model-draft": ("llama.cpp", "--draft")
      case "-dev", "--device": ("llama.cpp", "--gpu")
      case "--max-model-len": ("vLLM", "--context")
      case "--gpu-memory-utilization": ("vLLM", "--utilization")
      case "-tp": ("vLLM", "--tensor-parallel-size")
      case "-pp": ("vLLM", "--pipeline-parallel-size")
      case "-q", "--quantization": ("vLLM", "--quant")
      case "--num_ctx", "--num-ctx": ("Ollama", "--context")
      case "--num_gpu", "--num-gpu": ("Ollama", "--gpu-layers")
      case "--num_batch", "--num-batch": ("Ollama", "--batch")
      case "--num_parallel", "--num-parallel": ("Ollama", "--sequences")
      case "--max-kv-size": ("mlx-lm", "--context")
      case "--max_seq_len", "--max-seq-len": ("ExecuTorch", "--context")
      default: nil
      }
    guard let known else { return nil }
    (runtime, flag) = known
  }
}
