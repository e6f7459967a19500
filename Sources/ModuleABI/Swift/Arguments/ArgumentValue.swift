public import ModuleJSON

/// A type that an argument can have: texts, numbers, Bool, JSON, optionals, lists, dictionaries
/// by text, enumerations (`Choice`) and nested `Arguments`.
public protocol ArgumentValue: Decodable, Sendable {
    static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject

    /// The value as JSON; nil if it is incomplete.
    var argumentJSON: JSON? { get }

    /// What an argument has that was not given, where that is no error.
    static var absentValue: Self? { get }
}

extension ArgumentValue {
    public static var absentValue: Self? { nil }
}

/// An enumeration as an argument: `enum Tone: String, Choice { case formal, casual }`.
public protocol Choice: ArgumentValue, CaseIterable, RawRepresentable
where RawValue: ArgumentValue {}

extension Choice {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        var schema = RawValue.argumentSchema(in: context)
        schema["enum"] = .array(allCases.compactMap(\.rawValue.argumentJSON))
        return schema
    }

    public var argumentJSON: JSON? { rawValue.argumentJSON }
}

/// A value that `in:` can bound.
public protocol ArgumentNumber: ArgumentValue {
    associatedtype Bound: Comparable, ArgumentValue
}

/// A value that `length:` can bound: texts in characters, lists in items.
public protocol ArgumentMeasured: ArgumentValue {
    /// The keywords of JSON Schema for the least and the most.
    static var lengthKeywords: (least: String, most: String) { get }
}

/// A range that `in:` takes.
public protocol ArgumentBounds<Bound> {
    associatedtype Bound
    var least: Bound? { get }
    var most: Bound? { get }
}

extension ClosedRange: ArgumentBounds {
    public var least: Bound? { lowerBound }
    public var most: Bound? { upperBound }
}

extension PartialRangeFrom: ArgumentBounds {
    public var least: Bound? { lowerBound }
    public var most: Bound? { nil }
}

extension PartialRangeThrough: ArgumentBounds {
    public var least: Bound? { nil }
    public var most: Bound? { upperBound }
}
