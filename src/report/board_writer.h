// SPDX-License-Identifier: MIT
// A board as TOML for people to read and edit: the inverse of parse_board().
#pragma once

#include <map>
#include <string>
#include <vector>

#include "zonecalc/board.h"

namespace zonecalc {

// What is said about the values, as comments.
struct BoardComments {
    std::string head;                               // sentences about the whole; empty: what `origin` gives
    std::string origin;                             // file that positions refer to: "boot.log"; empty: no comments about lines
    std::map<std::string, u32, std::less<>> lines;  // keys of [board]: the line that a value comes from
    std::vector<std::string> assumed;               // sentences, listed at the head
};

// parse_board() of the result gives `board` again, positions and file aside.
std::string board_toml(const Board& board, const BoardComments& comments = {});

// As part of a comment: '?' for what a comment must not have.
std::string toml_comment(std::string_view text);

// A TOML basic string, with its quotes.
std::string toml_string(std::string_view text);

}  // namespace zonecalc
