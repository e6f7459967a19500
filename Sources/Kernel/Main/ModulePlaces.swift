import KernelBuilds
import KernelConfig
import KernelDevelopment
import KernelGenerations
import KernelLoader
import KernelSystem

/// Where this kernel looks for modules.
enum ModulePlaces {
    /// The modules that are built with the kernel; in a checkout they lie beside it.
    private static let bundled = bundledIds.values.sorted()
    private static let bundledIds = [
        "fs": "libFilesystem.so", "system": "libSystemControl.so", "apps": "libApps.so",
        "openai": "libOpenAI.so", "ollama": "libOllama.so", "anthropic": "libAnthropic.so",
        "gemini": "libGemini.so",
    ]

    static func isBundled(_ id: String) -> Bool { bundledIds[id] != nil }

    /// Those that come with the kernel, and no others.
    static func bundled(_ paths: Paths) -> [ModuleLoader.Place] {
        let installed = paths.systemModulesFolders.filter { isInstalled($0, with: paths) }
            .flatMap { folder in bundled.map { Path.join(folder, $0) } }
        return besideTheKernel(paths)
            + installed.filter { Files.exists($0) }
            .map { ModuleLoader.Place($0, .file, .bundled) }
    }

    /// Whatever a command may meet, which builds nothing.
    static func files(_ startup: Startup, _ configuration: Configuration) -> [String] {
        let development = startup.isDevelopment ? development(configuration.dev) : []
        return (all(startup.paths, configuration) + development).flatMap(\.files)
    }

    static func all(_ paths: Paths, _ configuration: Configuration) -> [ModuleLoader.Place] {
        var places = [ModuleLoader.Place(paths.userModulesFolder, .folder, .user)]
        places += configuration.kernel.modules.map {
            ModuleLoader.Place($0.absolute, .folder, .user)
        }
        places += besideTheKernel(paths)
        places += paths.systemModulesFolders.map {
            ModuleLoader.Place($0, .folder, isInstalled($0, with: paths) ? .bundled : .system)
        }
        return places
    }

    /// The modules of this kernel's own installation came with it; what lies in the distribution's
    /// folder beside another kernel did not.
    private static func isInstalled(_ folder: String, with paths: Paths) -> Bool {
        guard let executable = paths.executableFolder else { return false }
        return Files.resolved(folder)
            == Files.resolved(Path.join(executable, "../lib/kernel/modules"))
    }

    /// The modules in the making as they were last built, for a command that builds nothing.
    static func development(_ dev: DevSettings) -> [ModuleLoader.Place] {
        dev.modules.map { entry in
            switch DevelopmentModules.Entry(entry.absolute) {
            case .library: ModuleLoader.Place(entry.absolute, .file, .development)
            case .folder, .missing: ModuleLoader.Place(entry.absolute, .folder, .development)
            case .package:
                ModuleLoader.Place(
                    Path.join(entry.absolute, ".build/\(dev.configuration.rawValue)"), .folder,
                    .development)
            }
        }
    }

    private static func besideTheKernel(_ paths: Paths) -> [ModuleLoader.Place] {
        guard let folder = paths.executableFolder else { return [] }
        return bundled.map { Path.join(folder, $0) }
            .filter { Files.exists($0) }
            .map { ModuleLoader.Place($0, .file, .bundled) }
    }
}
