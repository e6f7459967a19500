import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import ModuleJSON

/// `kernel module new`: a package of one's own, made from a template, that builds and loads as it
/// is.
package struct NewModule: Sendable {
    package enum Language: String, Sendable, Hashable, CaseIterable {
        case swift
        case c
    }

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The package's folder.
    package let folder: String
    /// Relative to the folder.
    package let files: [String]
    package let library: String

    /// Makes the package `<parent>/<name>`, whole or not at all.
    package static func make(
        _ name: String, _ language: Language, in parent: String, kit: KitFolder
    ) throws(Failure) -> NewModule {
        if let problem = problem(withName: name) { throw Failure(problem) }
        let target = Path.join(parent, name)
        try check(target, parent, kit)
        let temporary = Path.join(parent, ".\(name).\(SystemThread.currentID).new")
        do throws(SystemError) {
            let texts = Texts(name, kit)
            let files = try copy(
                Path.join(kit.templatesFolder, language.rawValue), to: temporary, texts)
            try Files.rename(temporary, to: target)
            let library = ".build/debug/" + PackageFacts.fileName(ofLibrary: name)
            return NewModule(folder: target, files: files, library: library)
        } catch {
            try? Files.removeTree(temporary)
            throw Failure("\(error)")
        }
    }

    private static func check(
        _ target: String, _ parent: String, _ kit: KitFolder
    ) throws(Failure) {
        guard !Files.exists(target) else {
            throw Failure(
                "\(target) exists: choose another name, another --path, or remove it first")
        }
        do throws(SystemError) {
            try Files.makeDirectories(parent, permissions: folderPermissions)
        } catch {
            throw Failure("\(error)")
        }
        let real = Files.resolved(parent) ?? parent
        guard real != kit.path, !real.hasPrefix(kit.path + "/") else {
            throw Failure(
                "\(target) would lie within the kernel's own sources, \(kit.path): "
                    + "give a folder of your own with --path")
        }
    }

    /// Why a module may not be called this; nil if it may.
    package static func problem(withName name: String) -> String? {
        guard Manifest.isName(name) else {
            return "\"\(name)\" cannot be the name of a module: it must begin with a letter from "
                + "a to z, and hold only a-z, 0-9, - and _, at most 64 of them"
        }
        guard name != "kernel" else {
            return "a module cannot be named kernel: its package depends on one of that name"
        }
        return nil
    }

    // MARK: Files

    /// The process's umask takes away what its user does not want.
    private static let folderPermissions: UInt32 = 0o777
    private static let filePermissions: UInt32 = 0o666
    private static let fileBytesMax = 1 << 20

    private static func copy(
        _ source: String, to target: String, _ texts: Texts
    ) throws(SystemError) -> [String] {
        try Files.makeDirectories(target, permissions: folderPermissions)
        var made: [String] = []
        for name in try Files.names(in: source) {
            let from = Path.join(source, name)
            let newName = texts.fill(Self.withoutEnding(name))
            let to = Path.join(target, newName)
            if try Files.status(from).kind == .directory {
                made += try copy(from, to: to, texts).map { Path.join(newName, $0) }
            } else {
                let bytes = try Files.read(from, bytesMax: fileBytesMax)
                let text = texts.fill(String(decoding: bytes, as: UTF8.self))
                try Files.replace(to, with: Array(text.utf8), permissions: filePermissions)
                made.append(newName)
            }
        }
        return made
    }

    /// Templates end in `.template`, so that no tool takes them for what they become.
    private static func withoutEnding(_ name: String) -> String {
        let ending = ".template"
        return name.hasSuffix(ending) ? String(name.dropLast(ending.count)) : name
    }

    /// What is put in the place of the template's words.
    private struct Texts {
        private let words: [(word: String, text: String)]

        init(_ name: String, _ kit: KitFolder) {
            let path = kit.path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            words = [
                ("{{name}}", name), ("{{Type}}", NewModule.typeName(of: name)),
                ("{{kernelPath}}", path),
            ]
        }

        func fill(_ text: String) -> String {
            words.reduce(text) { $0.replacing($1.word, with: $1.text) }
        }
    }

    /// `word-count` becomes `WordCount`.
    static func typeName(of name: String) -> String {
        let words = name.split { $0 == "-" || $0 == "_" }
        let joined = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return takenTypeNames.contains(joined) ? joined + "Tasks" : joined
    }

    /// Types of Swift and of the kit that the template uses: one of the same name would hide them.
    private static let takenTypeNames: Set<String> = [
        "Any", "Argument", "Arguments", "Array", "Bytes", "Call", "Codable", "Double", "Error",
        "Failure", "Hello", "Host", "Int", "JSON", "Manifest", "Module", "Optional", "Outcome",
        "Protocol", "Result", "Self", "String", "Swift", "Task", "Test", "TestHost", "Testing",
        "Type", "UnsafeRawPointer", "Void",
    ]

    // MARK: What comes next

    /// For a person who has just made it.
    package var nextSteps: String {
        """
        cd \(folder)
        swift test                        its own test
        kernel --dev                      with this in the configuration, it is built and reloaded
                                          whenever you save:
            [dev]
            modules = ["\(folder)"]
        kernel module check \(library)
        """
    }
}
