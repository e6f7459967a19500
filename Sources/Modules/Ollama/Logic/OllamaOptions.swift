import ModuleJSON
import ModuleKit

/// What the user may say in `options`.
struct OllamaOptions {
    /// How long a model stays in memory after an answer: `5m`, or seconds; negative: for good.
    var keepAlive: JSON?
    /// The window that the user wants, however large the model's own is.
    var windowTokens: Int?
    /// More of Ollama's own options of a model.
    var model: JSONObject = [:]

    /// Ollama's own would be 4,096, of which a system prompt with tools leaves little.
    private static let windowTokensUsual = 8_192

    /// What a model is loaded with. Of what it could take, which is often 131,072 tokens, only the
    /// usual unless the user wants more: Ollama takes memory for the whole window at once.
    func window(of known: Int?) -> Int {
        windowTokens ?? min(known ?? .max, Self.windowTokensUsual)
    }

    init() {}

    init(_ json: JSONObject) throws {
        for (name, value) in json {
            switch (name, value) {
            case ("keep_alive", .string), ("keep_alive", .integer): keepAlive = value
            case ("window_tokens", .integer(let count)) where (1...Self.windowTokensMax) ~= count:
                windowTokens = Int(count)
            case ("model", .object(let options)): model = options
            case ("keep_alive", _), ("window_tokens", _), ("model", _):
                throw Failure("options.\(name) cannot be \(value.text)", .invalid)
            default: throw Failure("options.\(name) is not known", .invalid)
            }
        }
    }

    private static let windowTokensMax: Int64 = 100_000_000

    static let schema: JSONObject = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "keep_alive": [
                "type": ["string", "integer"],
                "description": "How long a model stays in memory after an answer: 5m, or seconds.",
            ],
            "window_tokens": [
                "type": "integer", "minimum": 1, "maximum": .integer(windowTokensMax),
                "description": "The window that models are loaded with; 8192 if nothing is said.",
            ],
            "model": [
                "type": "object",
                "description": "More of Ollama's own options, such as num_gpu.",
            ],
        ],
    ]
}
