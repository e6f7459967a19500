import AnthropicLogic
import ModuleKit

@c(module_entry) public func entry() -> UnsafeRawPointer { Anthropic.entry }
