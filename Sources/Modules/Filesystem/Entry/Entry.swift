import FilesystemLogic
import ModuleKit

@c(module_entry) public func entry() -> UnsafeRawPointer { Filesystem.entry }
