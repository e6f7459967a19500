package import Desktop

/// Opens files and URLs with the application that is meant for them.
package struct Opener: Sendable {
    private let environment: Environment
    private let catalog: Catalog

    package init(_ environment: Environment, _ catalog: Catalog) {
        self.environment = environment
        self.catalog = catalog
    }

    package func open(_ reference: Reference) throws(DesktopError) -> Launcher.Result {
        let types = MimeTypes(environment)
        let type = try type(of: reference, types)
        let defaults = DefaultApplications(environment, catalog, types)
        let launcher = Launcher(environment)
        if let application = defaults.application(for: type) {
            return try launcher.launch(application, with: [reference])
        }
        guard let desktop = Opener.lastResort(environment) else {
            throw DesktopError(
                .notFound,
                "no application opens \(Opener.description(of: type)): install one, or choose one "
                    + "with apps.launch")
        }
        return try launcher.launch(desktop, with: [reference])
    }

    private func type(
        of reference: Reference, _ types: MimeTypes
    ) throws(DesktopError) -> String {
        switch reference {
        case .address: return "x-scheme-handler/\(reference.scheme ?? "")"
        case .file(let path):
            switch SmallFile.kind(of: path) {
            case nil: throw DesktopError(.notFound, "there is no file \(path)")
            case .other:
                throw DesktopError(.invalid, "\(path) is a device, a pipe or a socket, not a file")
            case .file, .folder: return types.type(ofFile: path)
            }
        }
    }

    private static func description(of type: String) -> String {
        let scheme = "x-scheme-handler/"
        return type.hasPrefix(scheme)
            ? "links that begin with \(type.dropFirst(scheme.count)):" : "files of type \(type)"
    }

    /// xdg-open asks the running desktop, which may know more than the files do.
    private static func lastResort(_ environment: Environment) -> Application? {
        guard let program = environment.program("xdg-open") else { return nil }
        let text = "[Desktop Entry]\nType=Application\nName=xdg-open\nExec=\"\(program)\" %u\n"
        return Application(
            DesktopFile(parsing: Array(text.utf8)), id: "xdg-open.desktop", path: program)
    }
}
