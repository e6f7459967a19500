import ModuleJSON
import ProviderSupport
import Testing

struct JSONPullTests {
    /// The string members of an object, or nil on doubt.
    private func strings(_ text: String) -> [String]? {
        var pull = JSONPull(Array(text.utf8))
        var found: [String] = []
        guard pull.enterObject() else { return nil }
        let isSure = pull.forEachMember { name, pull in
            guard pull.isName(name, "s") else { return pull.skip() }
            guard let string = pull.string() else { return false }
            found.append(string)
            return true
        }
        return isSure && pull.isAtEnd() ? found : nil
    }

    @Test(arguments: [
        (#"{"s":"a"}"#, ["a"]), (#" { "x" : [1, {"s":"no"}, []] , "s" : "b" } "#, ["b"]),
        (#"{"s":"\"\\\/\n\t\r\u00e9\u4f60"}"#, ["\"\\/\n\t\ré你"]), (#"{"s":"😀ß"}"#, ["😀ß"]),
        (#"{}"#, []), (#"{"t":true,"f":false,"n":null,"d":-1.5e+9}"#, []),
    ])
    func `what is well formed is read as the parser reads it`(text: String, strings: [String]) {
        #expect(self.strings(text) == strings)
        #expect((try? JSON(parsing: text)) != nil)
    }

    @Test(arguments: [
        "", "[]", "{", #"{"s":"a"}x"#, #"{"s":"a",}"#, #"{"s" "a"}"#, #"{"s":"a"#, #"{"s":"a\"#,
        #"{"s":"\ud83d\ude00"}"#, #"{"s":"\ud83d"}"#, #"{"s":"\u00zz"}"#, #"{"s":"\q"}"#,
        "{\"s\":\"a\nb\"}", #"{"x":[1,]}"#, #"{"x":[1 2]}"#, #"{"x":tru}"#, #"{"x":}"#,
        #"{"\u0073":"a"}"#, #"{"x":nul"#,
    ])
    func `any doubt is left to the parser`(text: String) {
        #expect(strings(text) == nil)
    }

    @Test func `bytes that are no UTF-8 are in doubt`() {
        var pull = JSONPull(Array("\"".utf8) + [0xC3, 0x28] + Array("\"".utf8))
        #expect(pull.string() == nil)
    }

    @Test func `what is nested too deep is in doubt`() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(strings("{\"x\":\(deep)}") == nil)
    }

    @Test(arguments: [
        ("0", 0), ("17", 17), ("1.0", nil), ("1234567890", nil), ("-1", nil), ("", nil),
    ])
    func `a small number is read`(text: String, value: Int?) {
        var pull = JSONPull(Array(text.utf8))
        #expect(pull.smallInteger() == value)
    }
}
