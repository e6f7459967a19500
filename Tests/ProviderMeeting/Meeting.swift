import AnthropicLogic
import GeminiLogic
import ModuleChat
import ModuleJSON
import OllamaLogic
import OpenAILogic

/// Who meets, and what is said.
enum Meeting {
    static let speakers = [openAI, ollama, anthropic, gemini]

    static let image = ChatImage(mediaType: "image/png", base64: "aW1hZ2U=")

    static let tools = ["fs.read", "fs.list"].map { name in
        ChatTool(
            name: name, about: "Does something.",
            schema: ["type": "object", "properties": ["path": ["type": "string"]]])
    }

    static let opening = [
        ChatMessage(.system, "Be brief."),
        ChatMessage(.user, [.text("What is in the picture?"), .image(image)]),
    ]

    static func results(of message: ChatMessage) -> ChatMessage {
        ChatMessage(
            .tool,
            message.toolCalls.map { call in
                .toolResult(
                    ChatToolResult(call: call.id, name: call.name, text: "result of \(call.id)"))
            })
    }

    // MARK: Who speaks as OpenAI does, and thinks aloud

    private static let openAI = Speaker(
        OpenAI(), model: "deepseek-reasoner",
        preset: OpenAI().provider.presets.first { $0.id == "deepseek" },
        calling: [
            chunk(#"{"role":"assistant","reasoning_content":"OPENAI-THOUGHT"}"#),
            chunk(#"{"content":"OpenAI looks."}"#),
            chunk(
                #"{"tool_calls":[{"index":0,"id":"call_00_a","type":"function","#
                    + #""function":{"name":"fs_read","arguments":"{\"path\":\"/a\"}"}}]}"#),
            chunk(
                #"{"tool_calls":[{"index":1,"id":"call_01_b","type":"function","#
                    + #""function":{"name":"fs_list","arguments":"{}"}}]}"#),
            chunk("{}", #""tool_calls""#), "[DONE]",
        ],
        talking: [chunk(#"{"content":"OpenAI has looked."}"#), chunk("{}", #""stop""#), "[DONE]"],
        secrets: ["OPENAI-THOUGHT"],
        call: { number, arguments in
            let arguments = JSON.string(arguments).text
            return [
                chunk(
                    #"{"tool_calls":[{"index":\#(number),"id":"c\#(number)","function":"#
                        + #"{"name":"fs_read","arguments":\#(arguments)}}]}"#)
            ]
        },
        rounds: { body in
            var rounds = Speaker.Rounds()
            for message in body["messages"]?.array ?? [] {
                for call in message["tool_calls"]?.array ?? [] {
                    rounds.calls.append(call["id"]?.string ?? "")
                    rounds.names.insert(call["function"]?["name"]?.string ?? "")
                }
                if message["role"] == "tool" {
                    rounds.results.append(message["tool_call_id"]?.string ?? "")
                }
            }
            return rounds
        })

    private static func chunk(_ delta: String, _ reason: String = "null") -> String {
        #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"#
    }

    // MARK: Ollama, whose calls have no names

    private static let ollama = Speaker(
        Ollama(), model: "qwen3",
        calling: [
            #"{"message":{"role":"assistant","content":"","thinking":"OLLAMA-THOUGHT"}}"#,
            #"{"message":{"role":"assistant","content":"Ollama looks."}}"#,
            #"{"message":{"role":"assistant","content":"","tool_calls":["#
                + #"{"function":{"name":"fs_read","arguments":{"path":"/a"}}},"#
                + #"{"function":{"name":"fs_list","arguments":{}}}]}}"#,
            #"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#,
        ],
        talking: [
            #"{"message":{"role":"assistant","content":"Ollama has looked."}}"#,
            #"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#,
        ],
        secrets: ["OLLAMA-THOUGHT"],
        call: { _, arguments in
            [
                #"{"message":{"tool_calls":[{"function":{"name":"fs_read","arguments":"#
                    + arguments + "}}]},\"done\":false}"
            ]
        },
        rounds: { body in
            var rounds = Speaker.Rounds()
            for message in body["messages"]?.array ?? [] {
                for call in message["tool_calls"]?.array ?? [] {
                    rounds.calls.append(call["id"]?.string ?? "")
                    rounds.names.insert(call["function"]?["name"]?.string ?? "")
                }
                if message["role"] == "tool" {
                    rounds.results.append(message["tool_call_id"]?.string ?? "")
                }
            }
            return rounds
        })

    // MARK: Anthropic

    private static let anthropic = Speaker(
        Anthropic(), model: "claude-opus-5-5",
        calling: [
            begin(0, #"{"type":"thinking","thinking":""}"#),
            delta(0, #"{"type":"thinking_delta","thinking":"ANTHROPIC-THOUGHT"}"#),
            delta(0, #"{"type":"signature_delta","signature":"ANTHROPIC-SEAL"}"#), end(0),
            begin(1, #"{"type":"redacted_thinking","data":"ANTHROPIC-HIDDEN"}"#), end(1),
            begin(2, #"{"type":"text","text":"Anthropic looks."}"#), end(2),
            begin(3, #"{"type":"tool_use","id":"toolu_a","name":"fs_read","input":{"path":"/a"}}"#),
            end(3), begin(4, #"{"type":"tool_use","id":"toolu_b","name":"fs_list","input":{}}"#),
            end(4), #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
        ],
        talking: [
            begin(0, #"{"type":"text","text":"Anthropic has looked."}"#), end(0),
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
        ],
        secrets: ["ANTHROPIC-THOUGHT", "ANTHROPIC-SEAL", "ANTHROPIC-HIDDEN"],
        call: { number, arguments in
            [
                begin(
                    number,
                    #"{"type":"tool_use","id":"t\#(number)","name":"f","input":\#(arguments)}"#),
                end(number),
            ]
        },
        rounds: { body in
            var rounds = Speaker.Rounds()
            for message in body["messages"]?.array ?? [] {
                for block in message["content"]?.array ?? [] {
                    if block["type"] == "tool_use" {
                        rounds.calls.append(block["id"]?.string ?? "")
                        rounds.names.insert(block["name"]?.string ?? "")
                    }
                    if block["type"] == "tool_result" {
                        rounds.results.append(block["tool_use_id"]?.string ?? "")
                    }
                }
            }
            return rounds
        })

    private static func begin(_ index: Int, _ block: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
    }

    private static func delta(_ index: Int, _ delta: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#
    }

    private static func end(_ index: Int) -> String {
        #"{"type":"content_block_stop","index":\#(index)}"#
    }

    // MARK: Gemini

    private static let gemini = Speaker(
        Gemini(), model: "gemini-3.8-flash",
        calling: [
            parts(#"{"text":"GEMINI-THOUGHT","thought":true}"#),
            parts(#"{"text":"Gemini looks.","thoughtSignature":"GEMINI-TEXT-SEAL"}"#),
            parts(
                #"{"functionCall":{"name":"fs_read","args":{"path":"/a"},"id":"g1"},"#
                    + #""thoughtSignature":"GEMINI-CALL-SEAL"},"#
                    + #"{"functionCall":{"name":"fs_list"}}"#, #","finishReason":"STOP""#),
        ],
        talking: [parts(#"{"text":"Gemini has looked."}"#, #","finishReason":"STOP""#)],
        // A thought without a signature does not even go back to Gemini.
        secrets: ["GEMINI-TEXT-SEAL", "GEMINI-CALL-SEAL"],
        call: { _, arguments in
            [parts(#"{"functionCall":{"name":"fs_read","args":\#(arguments)}}"#)]
        },
        rounds: { body in
            var rounds = Speaker.Rounds()
            for content in body["contents"]?.array ?? [] {
                for part in content["parts"]?.array ?? [] {
                    if let call = part["functionCall"] {
                        rounds.calls.append(call["id"]?.string ?? "")
                        rounds.names.insert(call["name"]?.string ?? "")
                    }
                    if let result = part["functionResponse"] {
                        rounds.results.append(result["id"]?.string ?? "")
                    }
                }
            }
            return rounds
        })

    private static func parts(_ parts: String, _ rest: String = "") -> String {
        #"{"candidates":[{"content":{"role":"model","parts":[\#(parts)]}\#(rest)}]}"#
    }
}
