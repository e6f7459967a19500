import KernelSystem

/// Adds an entry to `modules` of the table `[dev]` in a configuration file.
package enum DevModulesFile {
    package enum Change: Sendable, Hashable {
        case added
        case created
        case wasThere
    }

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// The file is made if it is missing, and replaced whole: a reader never sees a part of it.
    /// One that is a link stays one.
    package static func add(_ path: String, to file: String) throws(Failure) -> Change {
        do {
            // A link, as people have who keep their configuration elsewhere, is followed.
            let target = Files.resolved(file) ?? file
            let old = try ConfigurationFiles.read(target, bytesMax: ConfigurationFile.bytesMax)
            let text = String(decoding: old ?? [], as: UTF8.self)
            guard old.map({ Array(text.utf8) == $0 }) ?? true else {
                throw Failure(description: "it is not UTF-8: save it as UTF-8 first")
            }
            let edited = try DevModulesText(adding: path, to: text)
            guard edited.isChanged else { return .wasThere }
            if old == nil { try Files.makeDirectories(Path.directory(of: target)) }
            try Files.replace(
                target, with: Array(edited.text.utf8),
                permissions: try Files.statusIfPresent(target)?.permissions ?? 0o600,
                durable: true)
            return old == nil ? .created : .added
        } catch {
            throw Failure(description: "\(file) was not changed: \(error)")
        }
    }
}
