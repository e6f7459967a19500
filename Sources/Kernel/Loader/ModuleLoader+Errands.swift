import KernelBuilds
import KernelGenerations
package import KernelSandbox
package import KernelWorkers

/// What the host needs to do errands for modules.
extension ModuleLoader {
    package func zygote() throws -> Zygote {
        try tools.environment.zygote()
    }

    /// Around a program that is started for a module.
    package func programWalls(of module: String) throws -> Walls {
        try tools.walls.programWalls(for: try relations.manifest(of: module))
    }

    package func stateFolder(of module: String) -> String? {
        tools.options.stateFolder(of: module)
    }
}
