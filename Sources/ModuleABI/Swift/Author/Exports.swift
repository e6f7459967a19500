/// `JSON` is part of what an author writes with, so that `import ModuleKit` is all it takes.
@_exported public import ModuleJSON
