import ModuleChat
import ModuleJSON
import ProviderSupport
import Testing

struct NameTests {
    @Test func `names of tools come back as they were`() {
        var chat = ChatOrder(model: "m", messages: [])
        let all = ["fs.read", "fs_read", "fs-read", "größe", String(repeating: "a", count: 90)]
        chat.tools = all.map { ChatTool(name: $0, about: "", schema: [:]) }
        let names = ToolNames(in: chat)
        #expect(names.wire("fs.read") == "fs_read")
        #expect(Set(all.map(names.wire)).count == all.count)
        for name in all {
            let wire = names.wire(name)
            #expect(wire.utf8.count <= 64)
            #expect(
                wire.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) })
            #expect(names.name(wire) == name)
        }
        #expect(names.name("fs.read") == "fs.read")
        #expect(names.name("made.up") == "made.up")
    }

    @Test func `ids are kept where they fit, and always made the same where not`() {
        let plain = CallIDs(lengthMax: 40)
        #expect(plain.wire("call_1-x") == "call_1-x")
        #expect(plain.wire("a b") == plain.wire("a b"))
        #expect(plain.wire("a b") != plain.wire("a c"))
        #expect(plain.wire(String(repeating: "x", count: 41)).utf8.count <= 40)
        let fixed = CallIDs(length: 9)
        #expect(fixed.wire("abcDEF123") == "abcDEF123")
        for id in ["call_1-x", "", "toolu_0123456789"] {
            #expect(fixed.wire(id).utf8.count == 9)
            #expect(fixed.wire(id).allSatisfy { $0.isLetter || $0.isNumber })
        }
    }
}
