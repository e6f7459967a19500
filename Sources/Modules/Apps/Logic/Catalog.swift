package import Desktop

/// The applications of this machine. Of two with one id, that of the folder named first counts, so
/// that a user's file overrides the system's, or hides it.
package struct Catalog: Sendable {
    /// By data folder, in the order of the folders; sorted by id in each.
    package private(set) var levels: [Level] = []
    private var places: [String: Application] = [:]
    private let environment: Environment

    package struct Level: Sendable {
        package let folder: String
        package let applications: [Application]
    }

    /// Folders within folders further down than this are not looked at, nor more files than this:
    /// a link that leads back up would never end.
    private static let depthMax = 8
    private static let filesMax = 20_000

    package init(_ environment: Environment) {
        self.environment = environment
        let locale = MessageLocale(environment)
        var seen: Set<String> = []
        for folder in environment.dataFolders {
            var applications: [Application] = []
            for (id, path) in Catalog.files(in: "\(folder)/applications") {
                guard seen.count < Catalog.filesMax, seen.insert(id).inserted,
                    let bytes = SmallFile.read(path)
                else { continue }
                let file = DesktopFile(parsing: bytes, locale: locale)
                // Hidden means deleted: it only masks the same id further down.
                guard !file.flag("Hidden"),
                    let application = Application(file, id: id, path: path)
                else { continue }
                applications.append(application)
                places[id] = application
            }
            levels.append(Level(folder: folder, applications: applications))
        }
    }

    package var all: [Application] { levels.flatMap(\.applications) }

    package var shown: [Application] { all.filter { $0.isShown(environment) } }

    /// By id, with or without ".desktop".
    package subscript(id: String) -> Application? {
        places[id] ?? places["\(id).desktop"]
    }

    /// What a person means by `text`: an id, a name, or what only one application is found by.
    package func application(named text: String) throws(DesktopError) -> Application {
        if let application = self[text] { return application }
        let wanted = text.lowercased()
        let exact = shown.filter { $0.name.lowercased() == wanted }
        if let application = exact.first, exact.count == 1 { return application }
        let found = exact.isEmpty ? Search(text).best(of: shown) : exact
        if let application = found.first, found.count == 1 { return application }
        if found.isEmpty {
            throw DesktopError(
                .notFound,
                "there is no application \"\(text)\": apps.find and apps.list show what there is")
        }
        let names = found.prefix(8).map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
        throw DesktopError(.invalid, "\"\(text)\" may be any of \(names): name one by its id")
    }

    /// The ids and paths below a folder. An id is the path with "-" for "/".
    private static func files(in folder: String) -> [(id: String, path: String)] {
        var files: [(id: String, path: String)] = []
        func visit(_ folder: String, _ prefix: String, _ depth: Int) {
            for name in SmallFile.names(in: folder) where files.count < filesMax {
                let path = "\(folder)/\(name)"
                if name.hasSuffix(".desktop"), SmallFile.kind(of: path) == .file {
                    files.append((prefix + name, path))
                } else if depth < depthMax, SmallFile.kind(of: path) == .folder {
                    visit(path, "\(prefix)\(name)-", depth + 1)
                }
            }
        }
        visit(folder, "", 0)
        return files.sorted { $0.id < $1.id }
    }
}
