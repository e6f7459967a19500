import AnthropicLogic
import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit
import ProviderTesting
import Testing

/// What is sent for a chat.
struct RequestTests {
    @Test func `a whole chat becomes the request that the documentation describes`() throws {
        let chat = [
            ChatMessage(.system, "Be brief."),
            ChatMessage(
                .user,
                [
                    .text("What is in it?"),
                    .image(ChatImage(mediaType: "image/png", base64: "iVBORw==")),
                    .image(ChatImage(mediaType: "image/tiff", base64: "SUkq")),
                ]),
            ChatMessage(
                .assistant,
                [
                    .thinking(ChatThinking("A look.", seal: Samples.seal("c2ln"))),
                    .thinking(ChatThinking("", seal: Samples.seal("hidden:ZGF0YQ=="))),
                    .text("I look."), Samples.call("toolu_1"), Samples.call("functions.read:0"),
                ]),
            ChatMessage(
                .tool,
                [Samples.result("toolu_1"), Samples.result("functions.read:0", isError: true)]),
            ChatMessage(.user, "And?"),
        ]
        let order = Samples.order("claude-sonnet-4-5", chat) {
            $0.tools = [Samples.read]
            $0.temperature = 0.5
        }
        let request = try Samples.request(order)
        #expect(request.method == "POST")
        #expect(request.url == "https://api.anthropic.com/v1/messages")
        #expect(request.framing == .events)
        #expect(
            Set(request.headers) == [
                .init("anthropic-version", "2023-06-01"), .init("x-api-key", "{{key}}"),
                .init("Content-Type", "application/json"),
            ])
        let golden = try JSON(
            parsing: """
                {"model":"claude-sonnet-4-5","max_tokens":16000,"stream":true,"temperature":0.5,
                "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
                "tools":[{"name":"fs_read","description":"Reads a file.","input_schema":
                  {"type":"object","properties":{"path":{"type":"string"}}}}],
                "messages":[
                {"role":"user","content":[{"type":"text","text":"What is in it?"},
                  {"type":"image","source":
                    {"type":"base64","media_type":"image/png","data":"iVBORw=="}},
                  {"type":"text","text":
                    "[an image of the type image/tiff, which cannot be shown]"}]},
                {"role":"assistant","content":[
                  {"type":"thinking","thinking":"A look.","signature":"c2ln"},
                  {"type":"redacted_thinking","data":"ZGF0YQ=="},
                  {"type":"text","text":"I look."},
                  {"type":"tool_use","id":"toolu_1","name":"fs_read","input":{"path":"/a"}},
                  {"type":"tool_use","id":"ID","name":"fs_read","input":{"path":"/a"}}]},
                {"role":"user","content":[
                  {"type":"tool_result","tool_use_id":"toolu_1","content":"one"},
                  {"type":"tool_result","tool_use_id":"ID","content":"one","is_error":true},
                  {"type":"text","text":"And?"}]}]}
                """)
        let body = try Samples.body(order)
        // An id that the API would refuse is another, and the same in both places.
        let id = try #require(body["messages"]?[1]?["content"]?[4]?["id"]?.string)
        #expect(id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) })
        let text = golden.text.replacing("\"ID\"", with: "\"\(id)\"")
        #expect(body == (try JSON(parsing: text)))
    }

    @Test func `nothing of another provider's goes out`() throws {
        let foreign = ChatSeal(maker: "gemini", value: "LEAK")
        let chat = [
            ChatMessage(.user, "u"),
            ChatMessage(
                .assistant,
                [
                    .thinking(ChatThinking("LEAK", seal: foreign)),
                    .thinking(
                        ChatThinking("LEAK", seal: Samples.seal("LEAK", of: "https://else.where"))),
                    .thinking(ChatThinking("LEAK")), .notice("LEAK"), .text(" \n"),
                    Samples.call("1", foreign),
                ]), ChatMessage(.tool, [Samples.result("1")]),
        ]
        let body = try Samples.body(Samples.order("claude-opus-5-5", chat))
        #expect(!body.text.contains("LEAK"))
        #expect(body["messages"]?[1]?["content"]?.array?.count == 1)
    }

    @Test(arguments: [("https://x.y", "https://x.y/v1/"), ("https://x.y/v1", "https://x.y/v1/")])
    func `the version of the API may be part of the address`(
        base: String, beginning: String
    ) throws {
        let server = ProviderServer(preset: "anthropic", base: base)
        let anthropic = Anthropic()
        let list = try anthropic.request(for: ProviderOrder(.models, at: server))
        #expect(list.url == beginning + "models?limit=1000")
        let one = try anthropic.request(for: ProviderOrder(.model("a/b c"), at: server))
        #expect(one.url == beginning + "models/a%2Fb%20c")
        #expect(!list.headers.contains { $0.name == "x-api-key" })
    }

    @Test func `counting sends what counts, and nothing else`() throws {
        let request = try Anthropic().request(
            for: ProviderOrder(
                .tokens(Samples.order { $0.tools = [Samples.read] }), at: Samples.server))
        #expect(request.url.hasSuffix("/v1/messages/count_tokens") && request.framing == .whole)
        let body = try JSON(parsing: request.body ?? []).object
        #expect(Set(body?.keys ?? []) == ["model", "tools", "messages"])
    }

    @Test func `what the server is asked to remember can be chosen`() throws {
        let chat = [ChatMessage(.system, "s"), ChatMessage(.user, "u")]
        let order = Samples.order("claude-opus-5", chat) { $0.tools = [Samples.read] }
        func marked(_ options: JSONObject, _ order: ChatOrder) throws -> [Bool] {
            var server = Samples.server
            server.options = options
            let body = try Samples.body(order, at: server)
            return [body["tools"]?[0], body["system"]?[0], body["messages"]?[0]?["content"]?[0]]
                .map { $0?["cache_control"] != nil }
        }
        #expect(try marked([:], order) == [false, true, false])
        #expect(try marked(["cache": "off"], order) == [false, false, false])
        #expect(try marked(["cache": "chat"], order) == [false, true, true])
        var silent = order
        silent.messages.removeFirst()
        #expect(try marked([:], silent) == [true, false, false])
    }

    @Test func `features on trial are named once`() throws {
        var server = Samples.server
        server.options = ["betas": ["a-1", "thinking-binding-controls-2026-08-01"]]
        let request = try Samples.request(Samples.order("claude-opus-5-5"), at: server)
        #expect(
            request.headers.first { $0.name == "anthropic-beta" }?.value
                == "thinking-binding-controls-2026-08-01,a-1")
    }

    @Test func `a chat that lost its beginning still begins with the user`() throws {
        let body = try Samples.body(Samples.order("claude-opus-5", [ChatMessage(.assistant, "a")]))
        #expect(body["messages"]?[0]?["role"] == "user")
        #expect(body["messages"]?.array?.count == 2)
    }

    @Test func `what cannot be done is refused in words`() throws {
        let anthropic = Anthropic()
        #expect(throws: Failure.self) {
            try anthropic.request(for: ProviderOrder(.pull("m"), at: Samples.server))
        }
        let empty = Samples.order("m", [ChatMessage(.system, "s")])
        #expect(throws: Failure.self) { try Samples.request(empty) }
    }

    @Test func `the description and every order survive the boundary`() throws {
        let provider = Anthropic().provider
        #expect(try ProviderDescription(provider.json) == provider)
        let known = provider.presets[0].model("claude-opus-5-5-20260922")
        #expect(known?.inputPrice == 4 && known?.windowTokens == 1_000_000)
        #expect(provider.presets[0].model("claude-opus-5-20260724")?.inputPrice == 5)
    }
}
