package import Desktop

/// The value of a key `Exec`: a command with places for files.
/// https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
package struct CommandTemplate: Sendable {
    private let arguments: [[Piece]]

    private enum Piece: Equatable {
        case text(String)
        case code(Unicode.Scalar)
    }

    /// What stands for the field codes that are about the application itself.
    package struct Subject: Sendable {
        package var name: String
        package var icon: String?
        package var path: String

        package init(name: String, icon: String?, path: String) {
            self.name = name
            self.icon = icon
            self.path = path
        }
    }

    package init(_ text: String) throws(DesktopError) {
        var parser = Parser(text)
        try parser.run()
        arguments = parser.arguments
        guard !arguments.isEmpty else {
            throw DesktopError(.invalid, "its command is empty")
        }
    }

    /// The commands to run: one, or one for each file where the program takes but one.
    package func commands(
        for references: [Reference], of subject: Subject
    ) throws(DesktopError) -> [[String]] {
        let takesOne = has("f") || has("u")
        let takesMany = has("F") || has("U")
        guard takesOne, !takesMany, references.count > 1 else {
            return [try command(for: references, of: subject, appending: !takesOne && !takesMany)]
        }
        var commands: [[String]] = []
        for reference in references {
            commands.append(try command(for: [reference], of: subject, appending: false))
        }
        return commands
    }

    private func has(_ code: Unicode.Scalar) -> Bool {
        arguments.contains { $0.contains(.code(code)) }
    }

    /// `appending`: a command without a place for files gets them at its end, as all desktops do
    /// for who opens a file with it.
    private func command(
        for references: [Reference], of subject: Subject, appending: Bool
    ) throws(DesktopError) -> [String] {
        var command: [String] = []
        for pieces in arguments {
            command += try expanded(pieces, references, subject)
        }
        if appending { command += try texts("F", references, subject) }
        return command
    }

    private func expanded(
        _ pieces: [Piece], _ references: [Reference], _ subject: Subject
    ) throws(DesktopError) -> [String] {
        if pieces.count == 1, case .code(let code) = pieces[0] {
            return try texts(code, references, subject)
        }
        var argument = ""
        for piece in pieces {
            switch piece {
            case .text(let text): argument += text
            case .code(let code):
                argument += try texts(code, references, subject).joined(separator: " ")
            }
        }
        return [argument]
    }

    private func texts(
        _ code: Unicode.Scalar, _ references: [Reference], _ subject: Subject
    ) throws(DesktopError) -> [String] {
        switch code {
        case "f": return try paths(references.prefix(1), subject)
        case "F": return try paths(references[...], subject)
        case "u": return references.prefix(1).map(\.url)
        case "U": return references.map(\.url)
        case "i": return subject.icon.map { ["--icon", $0] } ?? []
        case "c": return [subject.name]
        case "k": return [subject.path]
        // The deprecated ones, which stand for nothing any more.
        default: return []
        }
    }

    private func paths(
        _ references: ArraySlice<Reference>, _ subject: Subject
    ) throws(DesktopError) -> [String] {
        var paths: [String] = []
        for reference in references {
            guard case .file(let path) = reference else {
                throw DesktopError(
                    .invalid, "\(subject.name) opens only files of this machine, not URLs")
            }
            paths.append(path)
        }
        return paths
    }

    /// Splits by the rules of quoting.
    private struct Parser {
        var arguments: [[Piece]] = []
        private var scalars: ArraySlice<Unicode.Scalar>
        private var pieces: [Piece] = []
        /// An argument has begun, if only with an empty pair of quotes.
        private var isInside = false

        init(_ text: String) { scalars = Array(text.unicodeScalars)[...] }

        mutating func run() throws(DesktopError) {
            while let scalar = scalars.popFirst() {
                switch scalar {
                case " ", "\t", "\n": endArgument()
                case "\"": try readQuoted()
                case "%": try readCode()
                // Outside of quotes the specification has no escapes; shells taught authors else.
                case "\\": add(scalars.popFirst() ?? "\\")
                default: add(scalar)
                }
            }
            endArgument()
        }

        private mutating func readQuoted() throws(DesktopError) {
            isInside = true
            while let scalar = scalars.popFirst() {
                switch scalar {
                case "\"": return
                case "\\": add(scalars.popFirst() ?? "\\")
                // Field codes do not count inside quotes, but a doubled sign is one there too.
                case "%":
                    if scalars.first == "%" { scalars.removeFirst() }
                    add("%")
                default: add(scalar)
                }
            }
            throw DesktopError(.invalid, "its command has a quote that does not end")
        }

        private mutating func readCode() throws(DesktopError) {
            guard let code = scalars.popFirst() else {
                throw DesktopError(.invalid, "its command ends with a lone %")
            }
            if code == "%" { return add("%") }
            guard "fFuUickdDnNvm".unicodeScalars.contains(code) else {
                throw DesktopError(.invalid, "its command has the unknown field code %\(code)")
            }
            isInside = true
            pieces.append(.code(code))
        }

        private mutating func add(_ scalar: Unicode.Scalar) {
            isInside = true
            if case .text(let text)? = pieces.last {
                pieces[pieces.count - 1] = .text(text + String(scalar))
            } else {
                pieces.append(.text(String(scalar)))
            }
        }

        private mutating func endArgument() {
            if isInside { arguments.append(pieces) }
            pieces = []
            isInside = false
        }
    }
}
