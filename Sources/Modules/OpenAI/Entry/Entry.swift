import ModuleKit
import OpenAILogic

@c(module_entry) public func entry() -> UnsafeRawPointer { OpenAI.entry }
