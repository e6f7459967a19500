import ModuleJSON

/// Adds an entry to `modules` of the table `[dev]` in the text of a configuration file: only that
/// place is changed, and everything else stays as its author wrote it.
package struct DevModulesText: Sendable, Hashable {
    package let text: String
    /// False: the entry was there before.
    package let isChanged: Bool

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package init(adding path: String, to text: String) throws(Failure) {
        let document = try Self.parse(text)
        let dev = document.root["dev"]
        let present = dev?.table?["modules"]
        if case .array(let entries) = present?.value,
            entries.contains(where: { $0.string == path })
        {
            self.text = text
            isChanged = false
            return
        }
        let byHand = Failure(
            description: "its table [dev] is written in a way that is not changed mechanically: "
                + "add \(TomlText.string(path)) to modules of [dev] by hand")
        guard let edited = Self.edited(text, dev, path),
            let result = try? TomlDocument(parsing: Array(edited.utf8)),
            // Whatever the edit did to the letters, it must mean this and nothing else.
            Self.meaning(result) == Self.meaning(document, adding: path)
        else { throw byHand }
        self.text = edited
        isChanged = true
    }

    private static func parse(_ text: String) throws(Failure) -> TomlDocument {
        do throws(TomlError) {
            return try TomlDocument(parsing: Array(text.utf8))
        } catch {
            throw Failure(description: "it has a mistake, mend that first: \(error)")
        }
    }

    private static func meaning(_ document: TomlDocument, adding path: String? = nil) -> JSON {
        let whole = TomlNode(.table(document.root), at: TomlPosition(line: 1, column: 1)).json
        guard let path, var root = whole.object else { return whole }
        var dev = root["dev"]?.object ?? JSONObject()
        dev["modules"] = .array((dev["modules"]?.array ?? []) + [.string(path)])
        root["dev"] = .object(dev)
        return .object(root)
    }

    // MARK: Editing

    private static func edited(_ text: String, _ dev: TomlNode?, _ path: String) -> String? {
        let entry = TomlText.string(path)
        guard let dev else {
            let gap = text.isEmpty ? "" : text.hasSuffix("\n") ? "\n" : "\n\n"
            return text + gap + "[dev]\nmodules = [\(entry)]\n"
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch dev.table?["modules"]?.value {
        case nil: insertKey(entry, under: dev.position, in: &lines)
        case .array(let entries):
            if let last = entries.last {
                guard append(entry, after: last.position, in: &lines) else { return nil }
            } else if let list = dev.table?["modules"] {
                fill(entry, list.position, in: &lines)
            }
        default: return nil
        }
        return lines.joined(separator: "\n")
    }

    private static func insertKey(
        _ entry: String, under header: TomlPosition, in lines: inout [String]
    ) {
        guard lines.indices.contains(header.line - 1) else { return }
        lines.insert("modules = [\(entry)]", at: header.line)
    }

    /// Into a list that is empty.
    private static func fill(_ entry: String, _ list: TomlPosition, in lines: inout [String]) {
        guard lines.indices.contains(list.line - 1) else { return }
        let line = lines[list.line - 1]
        guard let start = index(list.column, in: line), line[start] == "[" else { return }
        lines[list.line - 1].insert(contentsOf: entry, at: line.index(after: start))
    }

    /// After the last entry of a list; on a line of its own if that has one.
    private static func append(
        _ entry: String, after last: TomlPosition, in lines: inout [String]
    ) -> Bool {
        guard lines.indices.contains(last.line - 1) else { return false }
        let line = lines[last.line - 1]
        guard let start = index(last.column, in: line), let end = literalEnd(line, from: start)
        else { return false }
        let indent = line[..<start]
        let rest = line[end...]
        guard indent.allSatisfy(\.isWhitespace), let hasComma = commaEndsLine(rest) else {
            lines[last.line - 1] = line[..<end] + ", \(entry)" + rest
            return true
        }
        if !hasComma { lines[last.line - 1] = line[..<end] + "," + rest }
        lines.insert(indent + entry + (hasComma ? "," : ""), at: last.line)
        return true
    }

    /// Is nothing but a comma and a comment left of the line? Then whether there is the comma.
    private static func commaEndsLine(_ rest: Substring) -> Bool? {
        var rest = rest.drop(while: \.isWhitespace)
        let hasComma = rest.first == ","
        if hasComma { rest = rest.dropFirst().drop(while: \.isWhitespace) }
        return rest.isEmpty || rest.first == "#" ? hasComma : nil
    }

    private static func index(_ column: Int, in line: String) -> String.Index? {
        guard column >= 1 else { return nil }
        return line.index(line.startIndex, offsetBy: column - 1, limitedBy: line.endIndex)
            .flatMap { $0 < line.endIndex ? $0 : nil }
    }

    /// The end of a string that begins and ends on this line.
    private static func literalEnd(_ line: String, from start: String.Index) -> String.Index? {
        let quote = line[start]
        guard quote == "\"" || quote == "'" else { return nil }
        var position = line.index(after: start)
        while position < line.endIndex {
            if line[position] == quote { return line.index(after: position) }
            let isEscape = quote == "\"" && line[position] == "\\"
            position = line.index(after: position)
            if isEscape, position < line.endIndex { position = line.index(after: position) }
        }
        return nil
    }
}
