import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelLists

/// What is made of a server's list, and what is kept of it.
struct ModelListTests {
    private static let server = ListedServer(
        provider: "here", preset: "openai", base: "http://here.example")

    private static func seconds() -> UInt64 { SystemClock.wallNanoseconds / 1_000_000_000 }

    @Test func `what is no model is counted by its reason, with the first names`() {
        let odd = (1...5).map { LeftOutModel(id: "e\($0)", LeftOutModel.noChat).json }
        let many = (1...20).map { LeftOutModel("for the reason \($0)").json }
        let listed = ListedModels(
            [["id": "m"]] + odd + [
                7, [:], ["id": "tab\tbed"], ["id": "", "leftOut": "bad\n\u{7}ly"],
            ])
        #expect(listed.models.map(\.id) == ["m"])
        #expect(
            ListedModels.sentence(listed.leftOut)
                == "5 that are no models for chats (e1, e2, e3, …); 2 without a name; "
                + "1 with a name that is too long or cannot be typed (tabbed); 1 badly")
        // Nobody reads more reasons.
        #expect(ListedModels(many).leftOut.count == 9)
        #expect(ListedModels(many).leftOut.reduce(0) { $0 + $1.count } == 20)
        #expect(ListedModels.sentence([]) == nil)
    }

    @Test func `a list comes back as it was`() throws {
        let folder = try TemporaryFolder("lists")
        let kept = ModelListFolder(folder.file("models"))
        var listed = ListedModels([["id": "b"], ["id": "a"], ["id": "b", "name": "again"], 1])
        listed.models[0].windowTokens = 4_096
        let list = ModelList(listed, atSeconds: Self.seconds())
        #expect(list.models.map(\.id) == ["a", "b"] && list["b"]?.windowTokens == 4_096)
        kept.write(list, of: Self.server)
        #expect(kept.read() == [Self.server: list])
        // A name may have anything in it but a slash.
        let odd = ListedServer(provider: "..", preset: "é\u{1}", base: "x")
        kept.write(list, of: odd)
        #expect(ModelListFolder(folder.file("models")).read() == [Self.server: list, odd: list])
    }

    @Test func `a damaged list and one of last month are thrown away`() throws {
        let folder = try TemporaryFolder("lists")
        let path = folder.file("models")
        let kept = ModelListFolder(path)
        for change: (String) -> String in [
            { String($0.dropLast(5)) }, { $0.replacing(/"at":\d+/, with: "\"at\":5") },
            { $0.replacing("here.example", with: "there.example") },
        ] {
            kept.write(
                ModelList(ListedModels([["id": "m"]]), atSeconds: Self.seconds()), of: Self.server)
            let file = Path.join(path, try #require(try Files.names(in: path).first))
            let text = String(decoding: try Files.read(file, bytesMax: 1 << 20), as: UTF8.self)
            try Files.replace(file, with: Array(change(text).utf8))
            #expect(kept.read().isEmpty)
            #expect(try Files.names(in: path).isEmpty)
        }
    }
}
