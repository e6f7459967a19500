public import ModuleJSON

/// The arguments of a task, or the configuration of a module. The JSON Schema that callers see,
/// the defaults and the checks come from the properties:
///
///     struct Hello: Arguments {
///         @Argument("Whom to greet.") var name: String
///         @Argument("How often.", default: 1, in: 1...10) var times: Int
///         @Argument("In which tone.") var tone: Tone?
///         var loud = false
///     }
///
/// A property without a default is required, unless it is optional. A plain property must have
/// one. The names are those of the properties: own `CodingKeys` are not looked at.
public protocol Arguments: ArgumentValue, TaskArguments {
    init()
}

extension Arguments {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        context.objectSchema(of: Self.self)
    }

    /// Nil if a property that is required has no value yet.
    public var argumentJSON: JSON? {
        ArgumentSchemaContext.json(of: self)
    }

    public static var taskShape: TaskInput.Shape { .arguments { ArgumentsShape(Self.self) } }

    public static func taken(from input: TaskInput) throws -> Self {
        guard case .json(let json) = input else {
            throw Failure("this task takes JSON, not bytes", .invalid)
        }
        do {
            return try json.decode(Self.self)
        } catch {
            throw Failure(error.description, .invalid)
        }
    }
}

/// The schema of a type of arguments.
public struct ArgumentsShape: Sendable {
    package let schema: JSONSchema
    /// What is wrong with the type itself: sentences for its author.
    package let problems: [String]

    init(_ type: (some Arguments).Type) {
        let context = ArgumentSchemaContext()
        let json = JSON.object(type.argumentSchema(in: context))
        do throws(JSONSchemaError) {
            schema = try JSONSchema(json)
        } catch {
            context.problems.append(error.description)
            schema = .anything
        }
        problems = context.problems
    }
}
