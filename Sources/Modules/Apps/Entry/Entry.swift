import AppsLogic
import ModuleKit

@c(module_entry)
public func entry() -> UnsafeRawPointer { Apps.entry }
