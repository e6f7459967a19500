import Testing

@testable import KernelBase

@Suite struct BusTextTests {
    @Test func `names are told from what only looks like them`() {
        let long = "a." + String(repeating: "b", count: 253)
        for name in ["a.b", "org.example.My-App_1", "_a._b", long] {
            #expect(BusText.isName(name), "\(name)")
        }
        let wrong = [
            "", "a", ".a.b", "a..b", "a.b.", "a.1b", ":1.2", "a.b'", "a b.c", "a.é", "a.b,c='d'",
            "a.b\n", long + "b", "a/b.c",
        ]
        for name in wrong { #expect(!BusText.isName(name), "\(name)") }
    }

    @Test func `so are names of connections, interfaces and members`() {
        #expect(BusText.isUniqueName(":1.42"))
        for name in ["1.42", ":", ":1", ":1.", ":1.2'"] {
            #expect(!BusText.isUniqueName(name), "\(name)")
        }
        #expect(BusText.isInterface("a.b_1") && !BusText.isInterface("a.b-c"))
        #expect(!BusText.isInterface("a") && !BusText.isInterface("a.2"))
        #expect(BusText.isMember("Get_2") && !BusText.isMember("2Get"))
        #expect(!BusText.isMember("") && !BusText.isMember("a.b") && !BusText.isMember("a-b"))
    }

    @Test func `and paths of objects`() {
        for path in ["/", "/a", "/a/B_2"] { #expect(BusText.isPath(path), "\(path)") }
        for path in ["", "a", "//", "/a/", "/a//b", "/a-b", "/a'"] {
            #expect(!BusText.isPath(path), "\(path)")
        }
    }
}
