import ModuleKit
import OllamaLogic

@c(module_entry) public func entry() -> UnsafeRawPointer { Ollama.entry }
