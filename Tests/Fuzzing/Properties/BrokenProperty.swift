/// Something that must hold for every input, and does not for this one.
package struct BrokenProperty: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// - Throws: ``BrokenProperty`` unless the condition holds.
package func require(_ holds: Bool, _ property: @autoclosure () -> String) throws(BrokenProperty) {
    guard holds else { throw BrokenProperty(property()) }
}

/// The value, or nil where the reader refused the bytes with its own kind of error. Any other error goes on: it would
/// be shown to a user as a fault of the program.
///
/// The error's sentence is made, because that has to work as well.
package func accepted<Value, Refusal: Error>(
    _: Refusal.Type, _ read: () throws -> Value
) throws -> Value? {
    do {
        return try read()
    } catch let error as Refusal {
        try require(!"\(error)".isEmpty, "an error says nothing")
        return nil
    }
}
