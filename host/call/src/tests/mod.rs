//! Whole calls through an exchange in virtual time: the parties are scripts of text, the decider and the media shell
//! are stand-ins that answer at once.

mod harness;
mod viewing;
mod wording;

mod admission;
mod allowances;
mod answering;
mod attending;
mod basic;
mod cancelling;
mod codecs;
mod commanding;
mod conduct;
mod contacts;
mod diverting;
mod feature_codes;
mod forking;
mod gates;
mod hiding;
mod in_dialog;
mod keeping;
mod limits;
mod media;
mod messages;
mod order;
mod owning;
mod reaching;
mod refusals;
mod registering;
mod reliably;
mod scripts;
mod staying;
mod tags;
mod taking_up;
mod telling;
mod timers;
mod transcoding;
mod transferring;
mod trunk_callers;
mod trunk_groups;
mod trunk_registering;
mod trunks;
mod updating;
mod watching;
mod ways;
