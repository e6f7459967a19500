/// Sizes that a person can hold in the head.
enum SizeRules {
    static let linesPerFile = 400
    static let linesPerFunction = 70
    static let columnsPerLine = 100
    static let parametersPerFunction = 5
    static let linesPerLayer = 3_500

    static func fileLength(_ file: SourceFile) -> [Violation] {
        guard file.source != nil || isScript(file), file.lines.count - 1 > linesPerFile else {
            return []
        }
        let sentence = "has \(file.lines.count - 1) lines, more than \(linesPerFile): split it."
        return [Violation(file, 0, sentence)]
    }

    static func functions(_ file: SourceFile) -> [Violation] {
        guard let source = file.source else { return [] }
        return FunctionMeasure.all(in: source, file.kind).flatMap { function in
            var found: [Violation] = []
            if function.length > linesPerFunction {
                found.append(
                    Violation(
                        file, function.line,
                        "\(function.name) has \(function.length) lines, more than "
                            + "\(linesPerFunction): give its steps names."))
            }
            if function.parameters > parametersPerFunction {
                found.append(
                    Violation(
                        file, function.line,
                        "\(function.name) has \(function.parameters) parameters, more than "
                            + "\(parametersPerFunction): make a structure of them."))
            }
            return found
        }
    }

    /// Prose and addresses do not break well: Markdown is exempt.
    static func lineWidth(_ file: SourceFile) -> [Violation] {
        guard file.source != nil || isScript(file) else { return [] }
        return file.lines.enumerated().compactMap { offset, line in
            line.count <= columnsPerLine
                ? nil
                : Violation(
                    file, offset + 1,
                    "is \(line.count) columns wide, more than \(columnsPerLine): run dev/format.")
        }
    }

    static func isScript(_ file: SourceFile) -> Bool { file.text.hasPrefix("#!") }

    /// Lines per layer, from the bottom to the top.
    static func layers(
        _ table: PackageTable, _ files: [SourceFile]
    ) -> [(name: String, lines: Int)] {
        table.layers.map { layer in
            let own = files.filter { $0.kind == .swift && $0.path.hasPrefix(layer.path + "/") }
            return (layer.target, own.reduce(0) { $0 + $1.lines.count - 1 })
        }
    }
}
