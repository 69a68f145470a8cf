/**
 * The names of the streams of a place, kept by its home, as this node asks for them and watches them [design 5]. There
 * is one directory for a place, whether it lives here or at another node; one of another node is followed while
 * somebody watches or publishes.
 */
import type { PsycNode } from '../psyc/entity/node.js'
import type { Place } from '../psyc/entity/place.js'
import type { RemotePlace } from '../psyc/entity/remote-place.js'
import type { RemotePlaces } from '../psyc/entity/remote-places.js'
import type { ClaimEvents, StreamClaim } from '../psyc/entity/stream-claims.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { streamChannel } from './name.js'

export type { ClaimEvents } from '../psyc/entity/stream-claims.js'
/** A name that was asked for; its end gives it up. */
export type DirectoryClaim = StreamClaim

export interface StreamDirectory {
  /**
   * Ask for a name. The answer may come before this returns, and does when the place lives here.
   * @param context of the stream, on this node; who asks again for the same one shares the name
   */
  publish(name: string, context: Uniform, events: ClaimEvents): DirectoryClaim
  /** The context that is published under that name, by this node too; undefined: none, or the home is not known yet. */
  find(name: string): Uniform | undefined
  /** The context that the home itself would publish under that name; undefined when this node is the home. */
  atHome(name: string): Uniform | undefined
  /** @param changed what `find` says is something else now @returns ends it */
  watch(name: string, changed: () => void): () => void
}

export interface DirectoryOptions {
  readonly node: PsycNode
  readonly remote: RemotePlaces
  localPlace(uniform: Uniform): Place | undefined
  /**
   * The place is made when it is not there, and stays until it is released, which may be said twice.
   * @returns undefined: there can be no such place
   */
  keepPlace(uniform: Uniform): { readonly place: Place; release(): void } | undefined
}

export class StreamDirectories {
  constructor(private readonly options: DirectoryOptions) {}

  /** @param home uniform of the place at its home; nothing is held until somebody publishes or watches */
  open(home: Uniform): StreamDirectory {
    const { node, remote } = this.options
    return node.isLocal(home) ? new LocalDirectory(this.options, home) : new RemoteDirectory(remote, home)
  }
}

/** The registry of a place of ours, asked without packets. */
class LocalDirectory implements StreamDirectory {
  constructor(
    private readonly options: DirectoryOptions,
    private readonly home: Uniform,
  ) {}

  publish(name: string, context: Uniform, events: ClaimEvents): DirectoryClaim {
    const kept = this.options.keepPlace(this.home)
    const shared =
      kept?.place.streams.share(name, context, this.options.node.root) ?? '_error_illegal_name_place'
    if (typeof shared === 'string') {
      kept?.release()
      events.refused(shared)
      return { end: () => undefined }
    }
    events.granted()
    return {
      end: () => {
        shared()
        kept?.release()
      },
    }
  }

  find(name: string): Uniform | undefined {
    return this.options.localPlace(this.home)?.streams.find(name)
  }

  atHome(): undefined {
    return undefined
  }

  watch(name: string, changed: () => void): () => void {
    const kept = this.options.keepPlace(this.home)
    const unwatch = kept?.place.streams.watch(name, changed)
    return () => {
      unwatch?.()
      kept?.release()
    }
  }
}

class RemoteDirectory implements StreamDirectory {
  constructor(
    private readonly places: RemotePlaces,
    private readonly home: Uniform,
  ) {}

  publish(name: string, context: Uniform, events: ClaimEvents): DirectoryClaim {
    const { place, release } = this.follow()
    const claim = place.claims.claim(name, context, {
      granted: () => events.granted(),
      refused: (method) => {
        release()
        events.refused(method)
      },
      lost: () => {
        release()
        events.lost()
      },
    })
    return {
      end: () => {
        claim.end()
        release()
      },
    }
  }

  find(name: string): Uniform | undefined {
    return this.places.find(this.home)?.stream(name)
  }

  atHome(name: string): Uniform | undefined {
    return uniformOf(`${this.home.text}#${streamChannel(name)}`)
  }

  watch(name: string, changed: () => void): () => void {
    const { place, release } = this.follow()
    const unwatch = place.watchStream(name, changed)
    return () => {
      unwatch()
      release()
    }
  }

  /** The place stays until it is released, which may be said twice. */
  private follow(): { readonly place: RemotePlace; readonly release: () => void } {
    const place = this.places.open(this.home)
    let isFollowed = true
    const release = (): void => {
      if (isFollowed) this.places.close(place)
      isFollowed = false
    }
    return { place, release }
  }
}
