//! The conference rooms of a media thread. A room lives in one thread, which its name decides; sessions come to it when a side of
//! theirs joins. Who hears whom is the mixer's, who may do what the exchange's.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Instant;

use slab::Slab;
use switchhook_call::input::Input;
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{
    Joining, MediaEvent, Membership, Playback, RoomName, SideOrder,
};
use switchhook_media::mixer::{Audience, MemberId, Mixer, Standing, Streams};
use switchhook_media::relay::Side;
use switchhook_media::session::Outbox;
use switchhook_media::sound::playlist::{Item, Player, Playing, Times};
use switchhook_media::terminal::sender::Frame;

use crate::media_shell::fetching::fetch;
use crate::media_shell::worker::{Session, Worker, WorkerCommand, WorkerHandle};

/// In the clock, rooms have numbers from here on.
const ROOMS: usize = 1 << (usize::BITS - 1);
/// How many announcements of a room wait for their turn; when many come at once, not each of them is announced.
const ANNOUNCEMENTS: usize = 3;

/// A side of a session.
type Place = (SessionId, Side);

/// The rooms of a thread.
#[derive(Default)]
pub(crate) struct Rooms {
    rooms: Slab<Room>,
    by_name: HashMap<(Arc<str>, RoomName), usize>,
    /// In which room a side is.
    of_side: HashMap<Place, usize>,
}

struct Room {
    name: (Arc<str>, RoomName),
    mixer: Mixer,
    streams: Streams,
    members: Vec<Member>,
    /// What is played to all, one after another.
    announcements: VecDeque<Player>,
    frame: Vec<i16>,
}

struct Member {
    place: Place,
    id: MemberId,
    membership: Membership,
    /// What it hears while it waits, or while nobody else is there.
    music: Option<Player>,
    /// What the others hear when it has gone.
    exit: Vec<Item>,
}

/// What was fetched for a room.
pub(crate) struct RoomSound {
    place: Place,
    purpose: Purpose,
    items: Vec<Item>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Music,
    Entry,
    Exit,
}

impl Worker {
    /// A side joins a room; its session goes to the room's thread if that is another one.
    pub(crate) fn join(&mut self, now: Instant, id: SessionId, side: Side, joining: Box<Joining>) {
        let at_home = [Side::Caller, Side::Callee];
        let elsewhere = self.host_of(&joining).is_some();
        if elsewhere && at_home.iter().all(|side| !self.rooms.has((id, *side))) {
            return self.send_to_host(id, side, joining);
        }
        if elsewhere || self.rooms.has((id, side)) {
            // Its other side is in a room here, or it is in one itself.
            return self.tell_left((id, side));
        }
        let Some(key) = self.by_id.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let rate = session.media.sound_rate(side);
        let number = self.rooms.room_of(&joining);
        let Some(room) = self.rooms.rooms.get_mut(number) else {
            return;
        };
        let Ok(member) = room.mixer.enter(rate, Standing::default()) else {
            self.rooms.forget_if_empty(number);
            return self.tell_left((id, side));
        };
        session.media.enter_room(side);
        if room.members.is_empty() {
            // Left by all a moment ago, it may still be in the clock: it goes at its next tick.
            self.pulse.remove(ROOMS + number);
            self.pulse.add(now, ROOMS + number);
        }
        room.members.push(Member {
            place: (id, side),
            id: member,
            membership: joining.membership,
            music: None,
            exit: Vec::new(),
        });
        room.stand();
        self.rooms.of_side.insert((id, side), number);
        self.attend(now, key);
        for (purpose, playback) in [
            (Purpose::Music, joining.music),
            (Purpose::Entry, joining.entry),
            (Purpose::Exit, joining.exit),
        ] {
            if let Some(playback) = playback {
                self.fetch_for_room((id, side), purpose, &playback, rate);
            }
        }
    }

    /// A side leaves its room and hears the other side of its session again. It is told even if it was in none.
    pub(crate) fn leave_room(&mut self, now: Instant, place: Place) {
        let key = self.by_id.get(&place.0).copied();
        if let Some(session) = key.and_then(|key| self.sessions.get_mut(key)) {
            session.media.leave_room(place.1);
        }
        self.rooms.remove(place);
        if let Some(key) = key {
            self.attend(now, key);
        }
        self.tell_left(place);
    }

    /// Something else holds for a member.
    pub(crate) fn set_membership(&mut self, place: Place, membership: Membership) {
        if let Some(room) = self.rooms.of(place) {
            for member in &mut room.members {
                if member.place == place {
                    member.membership = membership;
                }
            }
            room.stand();
        }
    }

    /// A session is over: no side of it is in a room any more.
    pub(crate) fn leave_rooms(&mut self, id: SessionId) {
        for side in [Side::Caller, Side::Callee] {
            self.rooms.remove((id, side));
        }
    }

    /// What was fetched for a room is there.
    pub(crate) fn room_sound(&mut self, now: Instant, sound: RoomSound) {
        let since = now.saturating_duration_since(self.begun);
        let Some(room) = self.rooms.of(sound.place) else {
            return;
        };
        let RoomSound {
            place,
            purpose,
            items,
        } = sound;
        let mut members = room.members.iter_mut();
        let member = members.find(|member| member.place == place);
        match (purpose, member) {
            (Purpose::Entry, _) => room.announce(items),
            (Purpose::Exit, Some(member)) => member.exit = items,
            (Purpose::Music, Some(member)) => {
                let is_music = items.iter().all(|item| matches!(item, Item::Sound(_)));
                member.music = Some(match is_music {
                    true => Player::since(items, since),
                    false => Player::new(items, Times::Endless),
                });
            }
            (_, None) => {}
        }
    }

    /// Whether this number of the clock is a room's.
    pub(crate) fn is_room(key: usize) -> bool {
        key >= ROOMS
    }

    /// Mixes 20 ms of a room. False: nobody is there any more.
    pub(crate) fn tick_room(&mut self, at: Instant, key: usize) -> bool {
        let number = key - ROOMS;
        let Some(room) = self.rooms.rooms.get_mut(number) else {
            return false;
        };
        if room.members.is_empty() {
            self.rooms.forget_if_empty(number);
            return false;
        }
        let mut sessions = Sessions {
            all: &mut self.sessions,
            by_id: &self.by_id,
        };
        room.hear(&mut sessions);
        let places: Vec<Place> = room.members.iter().map(|member| member.place).collect();
        for (index, place) in places.iter().enumerate() {
            let Some((_, session)) = sessions.of(*place) else {
                continue;
            };
            self.outbox.clear();
            room.feed(at, index, session, &mut self.outbox);
            session.send(at, &self.outbox);
        }
        for place in places {
            if let Some(key) = self.by_id.get(&place.0).copied() {
                self.attend(at, key);
            }
        }
        true
    }

    /// The thread of a room; `None`: this one.
    fn host_of(&self, joining: &Joining) -> Option<&WorkerHandle> {
        let hash = match &joining.room {
            // Where the session is: only who supervises has to come.
            RoomName::Supervised(session) => session.0,
            RoomName::Conference(name) => {
                let mut hasher = DefaultHasher::new();
                (&joining.domain, name).hash(&mut hasher);
                hasher.finish()
            }
        };
        let count = u64::try_from(self.peers.len())
            .ok()
            .filter(|count| *count > 0)?;
        let host = self.peers.get(usize::try_from(hash % count).ok()?)?;
        (!host.is(&self.own)).then_some(host)
    }

    fn send_to_host(&mut self, id: SessionId, side: Side, joining: Box<Joining>) {
        let Some(host) = self.host_of(&joining).cloned() else {
            return;
        };
        self.hand_over(id, &host);
        host.tell(WorkerCommand::Order {
            session: id,
            side,
            order: SideOrder::Join(joining),
        });
    }

    fn fetch_for_room(&self, place: Place, purpose: Purpose, playback: &Playback, rate: u32) {
        let own = self.own.clone();
        fetch(&*self.prompts, playback, rate, move |fetched| {
            let items = fetched.items;
            if !items.is_empty() {
                own.tell(WorkerCommand::RoomSound(Box::new(RoomSound {
                    place,
                    purpose,
                    items,
                })));
            }
        });
    }

    fn tell_left(&self, place: Place) {
        let (session, side) = place;
        let event = MediaEvent::RoomLeft { side };
        (self.sink)(Input::Media { session, event });
    }
}

/// The sessions of a thread, by their identifiers.
struct Sessions<'w> {
    all: &'w mut Slab<Session>,
    by_id: &'w HashMap<SessionId, usize>,
}

impl Sessions<'_> {
    fn of(&mut self, place: Place) -> Option<(Side, &mut Session)> {
        let session = self.all.get_mut(*self.by_id.get(&place.0)?)?;
        Some((place.1, session))
    }
}

impl Rooms {
    fn has(&self, place: Place) -> bool {
        self.of_side.contains_key(&place)
    }

    fn of(&mut self, place: Place) -> Option<&mut Room> {
        self.rooms.get_mut(*self.of_side.get(&place)?)
    }

    /// The number of a room, which is made if there is none of that name.
    fn room_of(&mut self, joining: &Joining) -> usize {
        let name = (Arc::clone(&joining.domain), joining.room.clone());
        if let Some(number) = self.by_name.get(&name) {
            return *number;
        }
        let number = self.rooms.insert(Room {
            name: name.clone(),
            mixer: Mixer::new(),
            streams: Streams::default(),
            members: Vec::new(),
            announcements: VecDeque::new(),
            frame: Vec::new(),
        });
        self.by_name.insert(name, number);
        number
    }

    /// A side is in no room any more. A room that nobody is in is forgotten at its next tick.
    fn remove(&mut self, place: Place) {
        let Some(number) = self.of_side.remove(&place) else {
            return;
        };
        let Some(room) = self.rooms.get_mut(number) else {
            return;
        };
        let at = room.members.iter().position(|member| member.place == place);
        if let Some(at) = at {
            let member = room.members.remove(at);
            room.mixer.leave(member.id);
            room.announce(member.exit);
            room.stand();
        }
    }

    fn forget_if_empty(&mut self, number: usize) {
        let empty = self
            .rooms
            .get(number)
            .is_some_and(|room| room.members.is_empty());
        if empty && let Some(room) = self.rooms.try_remove(number) {
            self.by_name.remove(&room.name);
        }
    }
}

impl Room {
    /// Mixes what the members say in these 20 ms.
    fn hear(&mut self, sessions: &mut Sessions<'_>) {
        for member in &self.members {
            if let Some((side, session)) = sessions.of(member.place) {
                let rate = session.media.sound_rate(side);
                self.mixer.set_rate(member.id, rate);
            }
        }
        let rate = self.mixer.rate();
        self.frame.clear();
        self.frame.resize(self.mixer.frame(), 0);
        for member in &self.members {
            if let Some((side, session)) = sessions.of(member.place)
                && session.media.room_frame(side, rate, &mut self.frame)
                && !member.membership.waits
            {
                self.mixer.put(member.id, &self.frame);
            }
        }
        self.play_announcement(rate);
        self.mixer.mix();
        self.streams.begin_frame();
    }

    /// Sends a member what it hears in these 20 ms.
    fn feed(&mut self, at: Instant, index: usize, session: &mut Session, out: &mut Outbox) {
        let rate = self.mixer.rate();
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        let side = member.place.1;
        let media = &mut session.media;
        let is_alone = member.membership.waits || self.mixer.company(member.id) == 0;
        if is_alone && let Some(music) = &mut member.music {
            let own = media.sound_rate(side);
            self.frame.clear();
            self.frame.resize(own as usize / 50, 0);
            music.next(own, &mut self.frame);
            return media.feed_room(at, side, Frame::Samples(&self.frame), out);
        }
        let Some(heard) = self.mixer.heard_by(member.id) else {
            return;
        };
        let frame = match media.room_encoding(side) {
            Some(encoding) => Frame::Payload(self.streams.payload(&heard, encoding, rate)),
            None => {
                let own = media.sound_rate(side);
                Frame::Samples(self.streams.samples(&heard, own, rate))
            }
        };
        media.feed_room(at, side, frame, out);
    }

    fn announce(&mut self, items: Vec<Item>) {
        if !items.is_empty() && self.announcements.len() < ANNOUNCEMENTS {
            self.announcements
                .push_back(Player::new(items, Times::Of(1)));
        }
    }

    fn play_announcement(&mut self, rate: u32) {
        if let Some(player) = self.announcements.front_mut() {
            self.frame.fill(0);
            let playing = player.next(rate, &mut self.frame);
            self.mixer.announce(&self.frame);
            if playing != Playing::More {
                self.announcements.pop_front();
            }
        }
    }

    /// Has the mixer know who hears whom.
    fn stand(&mut self) {
        for member in &self.members {
            let whom = member.membership.whispers_to.map(|place| {
                let mut members = self.members.iter();
                members.find(|one| one.place == place).map(|one| one.id)
            });
            let audience = match whom {
                _ if member.membership.muted || member.membership.waits => Audience::Nobody,
                None => Audience::Everybody,
                Some(Some(one)) => Audience::Only(one),
                // Who is whispered to is not there (yet).
                Some(None) => Audience::Nobody,
            };
            let hears = !member.membership.waits;
            self.mixer
                .set_standing(member.id, Standing { audience, hears });
        }
    }
}
