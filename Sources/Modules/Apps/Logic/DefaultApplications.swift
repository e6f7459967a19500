package import Desktop

/// Which application opens what, as the user, the desktop and the system have it.
/// https://specifications.freedesktop.org/mime-apps-spec/latest/
package struct DefaultApplications: Sendable {
    private let environment: Environment
    private let catalog: Catalog
    private let types: MimeTypes
    /// In order of precedence, each with the applications that are installed beside it.
    private var levels: [Level] = []

    private struct Level {
        var lists: [DesktopFile]
        var applications: [Application]
    }

    package init(_ environment: Environment, _ catalog: Catalog, _ types: MimeTypes) {
        self.environment = environment
        self.catalog = catalog
        self.types = types
        let names =
            environment.desktops.map { "\($0.lowercased())-mimeapps.list" } + ["mimeapps.list"]
        func lists(in folder: String) -> [DesktopFile] {
            names.compactMap { SmallFile.read("\(folder)/\($0)") }
                .map { DesktopFile(parsing: $0) }
        }
        for folder in environment.configurationFolders {
            levels.append(Level(lists: lists(in: folder), applications: []))
        }
        for level in catalog.levels {
            levels.append(
                Level(
                    lists: lists(in: "\(level.folder)/applications"),
                    applications: level.applications))
        }
    }

    /// The application for a type, or else for what the type also is; nil if there is none.
    package func application(for type: String) -> Application? {
        for candidate in types.lineage(of: type) {
            if let found = chosen(for: candidate) ?? associated(with: candidate).first {
                return found
            }
        }
        return nil
    }

    private func chosen(for type: String) -> Application? {
        levels.lazy.flatMap(\.lists)
            .flatMap { ids(for: type, in: "Default Applications", of: $0) }
            .compactMap(usable).first
    }

    /// What was added by hand or declares the type itself, without what was removed by hand: at a
    /// place of the same precedence or higher.
    private func associated(with type: String) -> [Application] {
        var removed: Set<String> = []
        var found: [Application] = []
        for level in levels {
            for list in level.lists {
                found += ids(for: type, in: "Added Associations", of: list)
                    .filter { !removed.contains($0) }.compactMap(usable)
                removed.formUnion(ids(for: type, in: "Removed Associations", of: list))
            }
            found += level.applications.filter { application in
                !removed.contains(application.id) && usable(application.id) != nil
                    && application.mimeTypes.contains { types.canonical($0) == type }
            }
        }
        return found
    }

    private func ids(for type: String, in group: String, of list: DesktopFile) -> [String] {
        list.keys(in: group).filter { types.canonical($0) == type }
            .flatMap { list.list($0, in: group) }
    }

    private func usable(_ id: String) -> Application? {
        catalog[id].flatMap { $0.isInstalled(environment) ? $0 : nil }
    }
}
