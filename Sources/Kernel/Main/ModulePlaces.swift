import KernelConfig
import KernelLoader
import KernelSystem

/// Where this kernel looks for modules.
enum ModulePlaces {
    /// The modules that are built with the kernel; in a checkout they lie beside it.
    private static let bundled = ["libFilesystem.so", "libSystemControl.so", "libApps.so"]

    static func all(_ paths: Paths, _ configuration: Configuration) -> [ModuleLoader.Place] {
        var places = [ModuleLoader.Place(paths.userModulesFolder, .folder, .user)]
        places += configuration.kernel.modules.map {
            ModuleLoader.Place($0.absolute, .folder, .user)
        }
        places += besideTheKernel(paths)
        places += paths.systemModulesFolders.map { ModuleLoader.Place($0, .folder, .system) }
        return places
    }

    private static func besideTheKernel(_ paths: Paths) -> [ModuleLoader.Place] {
        guard let folder = paths.executableFolder else { return [] }
        return bundled.map { Path.join(folder, $0) }
            .filter { Files.exists($0) }
            .map { ModuleLoader.Place($0, .file, .system) }
    }
}
