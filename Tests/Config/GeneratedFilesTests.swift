import Glibc
import KernelConfig
import KernelSystem
import Testing

/// The generated files in docs/. With UPDATE_GENERATED=1 the tests renew them.
struct GeneratedFilesTests {
    private static let begin =
        "<!-- generated from the declarations; to renew: UPDATE_GENERATED=1 swift test --filter "
        + "GeneratedFiles -->\n"
    private static let end = "<!-- end -->"
    private static let isUpdating = getenv("UPDATE_GENERATED") != nil

    @Test func `the example file is fresh`() throws {
        let path = Self.documentation("kernel.example.toml")
        if Self.isUpdating { try Self.write(ConfigurationText.example(), to: path) }
        #expect(try Self.read(path) == ConfigurationText.example())
    }

    @Test func `the reference is fresh`() throws {
        let path = Self.documentation("configuration.md")
        let page = try Self.read(path)
        let start = try #require(page.range(of: Self.begin)?.upperBound)
        let stop = try #require(page.range(of: Self.end)?.lowerBound)
        let fresh = "\n" + ConfigurationText.reference() + "\n"
        if Self.isUpdating {
            try Self.write(page[..<start] + fresh + page[stop...], to: path)
        } else {
            #expect(String(page[start..<stop]) == fresh)
        }
    }

    @Test func `every example in the documentation is valid`() throws {
        let page = try Self.read(Self.documentation("configuration.md"))
        let blocks = page.split(separator: "```toml\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        #expect(blocks.count == 2)
        for block in blocks {
            _ = try configuration(String(block))
        }
    }

    @Test func `the example says exactly the defaults`() throws {
        let example = try configuration(ConfigurationText.example())
        #expect(ConfigurationChange(from: try configuration(""), to: example).isEmpty)
        #expect(example.origins.isEmpty)
    }

    @Test func `each line of the example is valid when it is uncommented`() throws {
        let lines = ConfigurationText.example().split(
            separator: "\n", omittingEmptySubsequences: false)
        let isSetting = lines.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") }
        #expect(isSetting.count { $0 } > 20)
        for index in lines.indices where isSetting[index] {
            // Settings of a table that is commented out need its header as well.
            let header = lines[...index].lastIndex { $0.hasPrefix("[") || $0.hasPrefix("#[") }
            let model = Self.lineOfModel(lines, index, under: header)
            let one = lines.enumerated().map { place, line in
                [index, header, model].contains(place) ? Self.uncommented(line) : line
            }
            _ = try configuration(one.joined(separator: "\n"))
        }
        // Of the two that name a model there can be one.
        let all = try configuration(
            uncommentedExample().replacing("\nfile = \"~/models/small.gguf\"", with: ""))
        let keys = TableDeclaration.all.flatMap(\.keys).count
        #expect(all.origins.count == keys - 1)
    }

    /// A table of a model needs to name one, whatever else it says.
    private static func lineOfModel(
        _ lines: [Substring], _ index: Int, under header: Int?
    ) -> Int? {
        guard let header, lines[header].contains("[models."), !lines[index].hasPrefix("#file =")
        else { return nil }
        return lines[header...].firstIndex { $0.hasPrefix("#model =") }
    }

    @Test func `each default passes its own check`() throws {
        for table in TableDeclaration.all where !table.header.contains("<") {
            for key in table.keys {
                let value = try #require(key.defaultValue ?? key.declaration.sample)
                _ = try configuration("[\(table.header)]\n\(key.name) = \(value.tomlText)")
            }
        }
    }

    private static func uncommented(_ line: Substring) -> Substring {
        line.hasPrefix("#") ? line.dropFirst() : line
    }

    private static func documentation(_ name: String) -> String {
        PathText.join(PathText.folder(of: #filePath), "../../docs/\(name)")
    }

    private static func read(_ path: String) throws -> String {
        let bytes = try #require(try ConfigurationFiles.read(path, bytesMax: 1 << 20))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: some StringProtocol, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(String(text), file)
        fclose(file)
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? {
        ranges(of: text).first
    }
}
