import GeminiLogic
import ModuleKit

@c(module_entry) public func entry() -> UnsafeRawPointer { Gemini.entry }
