import KernelBuilds

// How modules need each other.
extension ModuleLoader {
    /// What modules ask of each other.
    package var relay: AskRelay { tools.relay }
}
