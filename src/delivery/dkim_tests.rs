// SPDX-License-Identifier: EUPL-1.2
use super::*;

#[test]
fn the_body_of_the_example_hashes_as_the_standard_says() {
    // RFC 8463, appendix A.
    let body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    let hash = STANDARD.encode(digest(&SHA256, relaxed_body(body).as_bytes()));
    assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

#[test]
fn headers_and_body_are_relaxed_as_in_the_example_of_the_standard() {
    // RFC 6376, section 3.4.5.
    let head = "A: X\r\nB : Y\t\r\n\tZ  ";
    let relaxed: Vec<String> = headers(head).into_iter().map(relaxed_header).collect();
    assert_eq!(relaxed, ["a:X", "b:Y Z"]);
    assert_eq!(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    assert_eq!(relaxed_body("\r\n\r\n"), "");
    assert_eq!(relaxed_body(""), "");
}
