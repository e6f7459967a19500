import KernelFitting
import ModuleChat
import ModuleJSON
import Testing

struct ToolSearchTests {
    private static let tools = [
        ("fs.read", "Reads a file."),
        ("fs.write", "Writes a file, and keeps what was there before."),
        ("fs.list", "Lists the entries of a folder."),
        ("fs.search", "Finds files by name or by what they hold."),
        ("system.volume", "Tells or sets how loud the speakers are."),
        ("system.brightness", "Tells or sets how bright the screen is."),
        ("apps.open", "Opens a file, a folder or a page with the application for it."),
        ("mail.sendMessage", "Sends a letter to somebody."),
        ("wetter.größe", "Sagt das Wetter für morgen."),
    ].map { ChatTool(name: $0.0, about: $0.1, schema: [:]) }

    private let search = ToolSearch(tools)

    @Test(arguments: [
        ("read a file", "fs.read"), ("fs.read", "fs.read"), ("write", "fs.write"),
        ("listing of a folder", "fs.list"), ("LOUD", "system.volume"),
        ("set the volume", "system.volume"), ("make the screen brighter", "system.brightness"),
        ("open a page", "apps.open"), ("send message", "mail.sendMessage"),
        ("message", "mail.sendMessage"), ("find files", "fs.search"), ("Größe", "wetter.größe"),
        ("  fs.write  ", "fs.write"),
    ])
    func `the best is first`(query: String, name: String) {
        #expect(search.hits(for: query).first?.tool.name == name)
    }

    @Test(arguments: ["", " ", "the of a", "!?", "xylophone", "zz"])
    func `what says nothing finds nothing`(query: String) {
        #expect(search.hits(for: query).isEmpty)
        #expect(ToolSearch.text(of: []).contains("Try other words"))
    }

    @Test func `there are never many, and equals are in order`() {
        let many = ToolSearch(
            (0..<500).map { ChatTool(name: "m.t\($0)", about: "Reads.", schema: [:]) })
        #expect(many.hits(for: "reads").map(\.tool.name) == (0..<5).map { "m.t\($0)" })
        #expect(many.hits(for: "reads", atMost: 1_000).count == 20)
        #expect(many.hits(for: "reads", atMost: -1).isEmpty)
        #expect(ToolSearch([]).hits(for: "reads").isEmpty)
    }

    @Test func `a query of any length is bounded`() {
        let long = String(repeating: "word ", count: 100_000) + "read"
        #expect(search.hits(for: long).isEmpty)
        #expect(search.hits(for: "read " + long).first?.tool.name == "fs.read")
    }

    @Test func `the model reads a line for each`() {
        let hits = search.hits(for: "volume brightness")
        #expect(
            ToolSearch.text(of: hits)
                == "system.volume: Tells or sets how loud the speakers are.\n"
                + "system.brightness: Tells or sets how bright the screen is.")
    }
}
