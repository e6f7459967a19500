import GeminiLogic
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
                    .image(ChatImage(mediaType: "image/gif", base64: "R0lG")),
                ]),
            ChatMessage(
                .assistant,
                [
                    .thinking(ChatThinking("Unsigned.")), .text("I look."),
                    Samples.call("a:1", Samples.seal("U0lH")), Samples.call("b"),
                ]),
            ChatMessage(.tool, [Samples.result("b", isError: true), Samples.result("a:1")]),
            ChatMessage(.user, "And?"),
        ]
        let order = Samples.order("gemini-3.8-flash", chat) {
            $0.tools = [Samples.read]
            $0.temperature = 0.5
            $0.tokensMax = 100
            $0.seed = 7
            $0.thinking = .low
        }
        let request = try Samples.request(order)
        #expect(
            request.url == "https://generativelanguage.googleapis.com/v1beta/models/"
                + "gemini-3.8-flash:streamGenerateContent?alt=sse")
        #expect(request.method == "POST" && request.framing == .events)
        #expect(
            Set(request.headers) == [
                .init("x-goog-api-key", "{{key}}"), .init("Content-Type", "application/json"),
            ])
        let body = try Samples.body(order)
        let id = try #require(
            body["contents"]?[1]?["parts"]?[1]?["functionCall"]?["id"]?.string)
        #expect(id != "a:1" && !id.isEmpty)
        let golden = """
            {"systemInstruction":{"parts":[{"text":"Be brief."}]},
            "contents":[
            {"role":"user","parts":[{"text":"What is in it?"},
              {"inlineData":{"mimeType":"image/png","data":"iVBORw=="}},
              {"text":"[an image of the type image/gif, which cannot be shown]"}]},
            {"role":"model","parts":[{"text":"I look."},
              {"functionCall":{"name":"fs_read","args":{"path":"/a"},"id":"\(id)"},
                "thoughtSignature":"U0lH"},
              {"functionCall":{"name":"fs_read","args":{"path":"/a"},"id":"b"}}]},
            {"role":"user","parts":[
              {"functionResponse":{"name":"fs_read","id":"\(id)","response":{"output":"one"}}},
              {"functionResponse":{"name":"fs_read","id":"b","response":{"error":"one"}}}]},
            {"role":"user","parts":[{"text":"And?"}]}],
            "tools":[{"functionDeclarations":[{"name":"fs_read","description":"Reads a file.",
              "parameters":{"type":"OBJECT","properties":{"path":{"type":"STRING"}}}}]}],
            "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},
            "generationConfig":{"maxOutputTokens":100,"temperature":0.5,"seed":7,
              "thinkingConfig":{"includeThoughts":true,"thinkingLevel":"LOW"}}}
            """
        #expect(body == (try JSON(parsing: golden)))
    }

    // MARK: Signatures

    private static func parts(
        _ said: [ChatPart], of model: String = "gemini-3.8-flash"
    ) throws -> [JSON] {
        let chat = [
            ChatMessage(.user, "u"), ChatMessage(.assistant, said), ChatMessage(.user, "and?"),
        ]
        let body = try Samples.body(Samples.order(model, chat))
        return body["contents"]?[1]?["parts"]?.array ?? []
    }

    @Test func `a signature goes back on the very part that it came with`() throws {
        let parts = try Self.parts([
            .thinking(ChatThinking("Hm. Yes.", seal: Samples.seal("Aw==", ["thought": 4]))),
            .text("Grüße aus Köln"),
            .thinking(ChatThinking("", seal: Samples.seal("AQ==", ["text": 9]))),
            .text("."), .thinking(ChatThinking("", seal: Samples.seal("Ag==", ["text": 0]))),
        ])
        #expect(
            parts == [
                ["text": "Hm. ", "thought": true],
                ["text": "Yes.", "thought": true, "thoughtSignature": "Aw=="],
                ["text": "Grüße "], ["text": "aus Köln", "thoughtSignature": "AQ=="],
                ["text": "."], ["text": "", "thoughtSignature": "Ag=="],
            ])
    }

    @Test func `a signature that does not fit its text leaves the text whole`() throws {
        for bytes in [1, 99, -5] as [Int64] {
            let seal = Samples.seal("AQ==", ["text": .integer(bytes)])
            let parts = try Self.parts([.text("ü"), .thinking(ChatThinking("", seal: seal))])
            #expect(parts.compactMap { $0["text"]?.string }.joined() == "ü")
        }
    }

    @Test func `signatures of another model, and of another provider, stay here`() throws {
        let others = [
            Samples.seal("LEAK", ["text": 1], "gemini-2.5-pro"),
            ChatSeal(maker: "anthropic", value: "LEAK"),
            ChatSeal(maker: "gemini", value: "LEAK, and no JSON"),
        ]
        for seal in others {
            let parts = try Self.parts([
                .text("t"), .thinking(ChatThinking("LEAK", seal: seal)), Samples.call("1", seal),
                Samples.call("2", seal),
            ])
            #expect(!JSON.array(parts).text.contains("LEAK"))
            // The first call of a step has one, or the chat is refused; the second never has.
            #expect(parts[1]["thoughtSignature"] == "skip_thought_signature_validator")
            #expect(parts[2]["thoughtSignature"] == nil)
        }
        let old = try Self.parts([Samples.call("1")], of: "gemini-2.5-flash")
        #expect(old[0]["thoughtSignature"] == nil && old[0]["functionCall"]?["id"] == nil)
    }

    // MARK: Models

    @Test(
        arguments: [
            ("gemini-2.0-flash", .high, nil), ("gemma-3-27b-it", .high, nil),
            ("gemini-2.5-flash", nil, ["includeThoughts": true]),
            ("gemini-2.5-flash", .off, ["includeThoughts": false, "thinkingBudget": 0]),
            ("gemini-2.5-pro", .off, ["includeThoughts": false, "thinkingBudget": 128]),
            ("gemini-2.5-pro", .medium, ["includeThoughts": true, "thinkingBudget": 8192]),
            (
                "gemini-3-flash-preview", .off,
                ["includeThoughts": false, "thinkingLevel": "MINIMAL"]
            ),
            ("gemini-3.8-flash", .off, ["includeThoughts": false, "thinkingLevel": "LOW"]),
            ("gemini-4-argon", .high, ["includeThoughts": true, "thinkingLevel": "HIGH"]),
        ] as [(String, ChatThinkingEffort?, JSON?)])
    func `thinking is asked for as the model takes it`(
        model: String, effort: ChatThinkingEffort?, thinking: JSON?
    ) throws {
        let body = try Samples.body(Samples.order(model) { $0.thinking = effort })
        #expect(body["generationConfig"]?["thinkingConfig"] == thinking)
    }

    @Test func `a schema for the answer stands beside tools, or is told in words`() throws {
        func body(_ model: String, _ tools: [ChatTool]) throws -> JSON {
            try Samples.body(
                Samples.order(model) {
                    $0.answerSchema = ["type": "object", "properties": ["a": ["type": "string"]]]
                    $0.tools = tools
                })
        }
        for new in [try body("gemini-3.8-flash", [Samples.read]), try body("gemini-2.5-pro", [])] {
            let configuration = new["generationConfig"]
            #expect(configuration?["responseMimeType"] == "application/json")
            #expect(configuration?["responseSchema"]?["type"] == "OBJECT")
        }
        let old = try body("gemini-2.5-pro", [Samples.read])
        #expect(old["generationConfig"]?["responseSchema"] == nil)
        let told = old["systemInstruction"]?["parts"]?[0]?["text"]?.string
        #expect(told?.contains("\"properties\"") == true)
    }

    @Test(arguments: [
        (ChatToolChoice.automatic, "AUTO"), (.none, "NONE"), (.required, "ANY"),
    ])
    func `whether tools are called can be said`(choice: ChatToolChoice, mode: String) throws {
        let body = try Samples.body(
            Samples.order {
                $0.tools = [Samples.read]
                $0.toolChoice = choice
            })
        #expect(body["toolConfig"]?["functionCallingConfig"]?["mode"]?.string == mode)
    }

    // MARK: Other orders

    @Test(arguments: [
        "https://x.y", "https://x.y/v1beta",
    ]) func `the version of the API may be part of the address`(base: String) throws {
        let server = ProviderServer(preset: "gemini", base: base)
        func url(_ action: ProviderOrder.Action) throws -> String {
            try Gemini().request(for: ProviderOrder(action, at: server)).url
        }
        #expect(try url(.models) == "https://x.y/v1beta/models?pageSize=1000")
        #expect(try url(.model("gemini x")) == "https://x.y/v1beta/models/gemini%20x")
        #expect(try url(.model("tunedModels/mine")) == "https://x.y/v1beta/tunedModels/mine")
        let chat = Samples.order("models/gemini-3.8-flash")
        #expect(
            try url(.tokens(chat)) == "https://x.y/v1beta/models/gemini-3.8-flash:countTokens")
    }

    @Test func `counting sends all that a request would hold`() throws {
        let order = Samples.order {
            $0.tools = [Samples.read]
            $0.temperature = 1
        }
        let request = try Gemini().request(for: ProviderOrder(.tokens(order), at: Samples.server))
        let inner = try JSON(parsing: request.body ?? [])["generateContentRequest"]
        #expect(inner?["model"] == "models/gemini-3.8-flash")
        #expect(inner?["tools"] != nil && inner?["generationConfig"] == nil)
    }

    @Test func `what cannot be done is refused in words`() throws {
        #expect(throws: Failure.self) {
            try Gemini().request(for: ProviderOrder(.load("m"), at: Samples.server))
        }
        #expect(throws: Failure.self) { try Samples.request(Samples.order("m", [])) }
        let provider = Gemini().provider
        #expect(try ProviderDescription(provider.json) == provider)
    }
}
