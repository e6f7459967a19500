import KernelFitting
import KernelWire
import ModuleChat
import ModuleJSON

/// The tools that come with a question.
struct AskedTools {
    let tools: [ChatTool]
    let choice: ChatToolChoice

    /// Nobody has more, and each is weighed and searched.
    private static let toolsMax = 1_000
    private static let nameBytesMax = 128

    init(_ ask: AskChat) throws(WireError) {
        tools = try Self.tools(ask)
        choice = try Self.choice(ask)
        guard choice != .required || !tools.isEmpty else {
            throw .badParameters("\"toolChoice\" demands a call, and there are no \"tools\"")
        }
    }

    private static func tools(_ ask: AskChat) throws(WireError) -> [ChatTool] {
        guard let json = ask.tools, !json.isNull else { return [] }
        guard let list = json.array, list.count <= toolsMax else {
            throw .badParameters("\"tools\" must be a list of at most \(toolsMax)")
        }
        var tools: [ChatTool] = []
        var names: Set<String> = []
        for (index, entry) in list.enumerated() {
            do {
                tools.append(try ChatTool(entry))
            } catch {
                throw .badParameters("\"tools\"[\(index)]: \(error)")
            }
            let name = tools[index].name
            guard (1...nameBytesMax).contains(name.utf8.count) else {
                throw .badParameters(
                    "\"tools\"[\(index)]: the name must have 1 to \(nameBytesMax) bytes")
            }
            guard name != ToolSearch.tool.name else {
                throw .badParameters("\"tools\"[\(index)]: \(name) is the kernel's own")
            }
            guard names.insert(name).inserted else {
                throw .badParameters("\"tools\"[\(index)]: there is a \(name) already")
            }
        }
        return tools
    }

    private static func choice(_ ask: AskChat) throws(WireError) -> ChatToolChoice {
        guard let word = ask.toolChoice else { return .automatic }
        guard let choice = ChatToolChoice(rawValue: word) else {
            let known = ChatToolChoice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameters("\"toolChoice\" must be one of \(known)")
        }
        return choice
    }
}
